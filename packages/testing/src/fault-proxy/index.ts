export { type Meter, type MeterCounts, startMeter } from './meter.ts';
export { createPacer, type LinkShape, type Pacer } from './pacer.ts';
export { type ShapedLink, type ShapedLinkOptions, startShapedLink } from './shaped-link.ts';
