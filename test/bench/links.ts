import type { LinkShape } from '@waybill/testing/fault-proxy';

export const LINKS = ['loopback', '1gbit', '100mbit'] as const;
export type LinkName = (typeof LINKS)[number];

export interface Link {
  readonly what: string;
  /** Each direction; undefined: no link at all. */
  readonly shape: LinkShape | undefined;
}

/** The time that is told is there and back. */
export const LINK: Readonly<Record<LinkName, Link>> = {
  loopback: { what: 'loopback, straight', shape: undefined },
  '1gbit': { what: '1 Gbit/s and 20 ms', shape: { bytesPerSecond: 125e6, latencyMs: 10 } },
  '100mbit': { what: '100 Mbit/s and 50 ms', shape: { bytesPerSecond: 12.5e6, latencyMs: 25 } },
};
