export type { ProxiedAnswer, ProxiedRequest } from './exchange.ts';
export { type FaultProxy, type FaultProxyOptions, type PassedRequest, startFaultProxy } from './fault-proxy.ts';
export type { ProxyFault } from './faults.ts';
export { type Meter, type MeterCounts, type MeterOptions, startMeter } from './meter.ts';
export { type OtherHosts, type OtherHostsOptions, type StrangerRequest, startOtherHosts } from './other-hosts.ts';
export { createPacer, type LinkShape, type Pacer } from './pacer.ts';
export { type ShapedLink, type ShapedLinkOptions, startShapedLink } from './shaped-link.ts';
