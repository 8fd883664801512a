import { type LinkShape, type MeterCounts, startMeter, startShapedLink } from '@waybill/testing/fault-proxy';

/** How a service is reached: at its own port, through a counter, or through the link that is measured. */
export type Way = 'direct' | 'counted' | 'link';

/** The ways to one service. */
export interface Gate {
  /** `127.0.0.1:PORT` of the way that is open. */
  readonly host: string;
  use(way: Way): void;
  /** What went through the counter since it was asked last. */
  counts(): MeterCounts;
  stop(): Promise<void>;
}

/** Where `shape` is undefined, the link is the direct way. */
export async function openGate(target: string, shape: LinkShape | undefined): Promise<Gate> {
  const meter = await startMeter({ target });
  const link = shape === undefined ? undefined : await startShapedLink({ target, up: shape, down: shape });
  const hosts = { direct: target, counted: meter.host, link: link?.host ?? target };
  let way: Way = 'direct';
  return {
    get host() {
      return hosts[way];
    },
    use: (next) => {
      way = next;
    },
    counts: meter.take,
    stop: async () => {
      await link?.stop();
      await meter.stop();
    },
  };
}
