import type { MeterCounts } from '@waybill/testing/fault-proxy';
import type { Sample } from './measure.ts';

export interface ContenderFigures {
  readonly name: string;
  readonly ours: boolean;
  readonly samples: readonly Sample[];
  /** Bytes stored, a round each; empty where nothing is. */
  readonly stored: readonly number[];
  /** Of the round that warmed up; absent where no service is talked to. */
  readonly counts?: MeterCounts;
}

export interface ScenarioFigures {
  readonly tree: string;
  readonly link: string;
  readonly scenario: string;
  readonly what: string;
  readonly contenders: readonly ContenderFigures[];
  readonly ratios: readonly Ratios[];
  readonly floor?: { readonly what: string; readonly bytes: readonly number[] };
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** One of ours by one of the others, round by round: what the machine did in a round is in both. */
export interface Ratios {
  readonly ours: string;
  readonly theirs: string;
  readonly wall: Spread;
  readonly cpu: Spread;
  readonly peak: Spread;
  readonly stored?: Spread;
  /** Bytes of bodies, both ways together. */
  readonly moved?: number;
  readonly requests?: number;
}

/** Median, least and most of at least one figure. */
export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

export function pairRatios(ours: readonly number[], theirs: readonly number[]): Spread {
  return spread(ours.slice(0, theirs.length).map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** Each of ours by each of the others. */
export function formRatios(contenders: readonly ContenderFigures[]): readonly Ratios[] {
  return contenders
    .filter(({ ours }) => ours)
    .flatMap((ours) => contenders.filter((theirs) => !theirs.ours).map((theirs) => ratiosOf(ours, theirs)));
}

function ratiosOf(ours: ContenderFigures, theirs: ContenderFigures): Ratios {
  const of = (read: (sample: Sample) => number) => pairRatios(ours.samples.map(read), theirs.samples.map(read));
  const stored = ours.stored.length > 0 && theirs.stored.length > 0;
  const counts = ours.counts !== undefined && theirs.counts !== undefined;
  return {
    ours: ours.name,
    theirs: theirs.name,
    wall: of(({ wallMs }) => wallMs),
    cpu: of(({ cpuMs }) => cpuMs),
    peak: of(({ peakBytes }) => peakBytes),
    ...(stored ? { stored: pairRatios(ours.stored, theirs.stored) } : {}),
    ...(counts ? countRatios(ours.counts, theirs.counts) : {}),
  };
}

function countRatios(ours: MeterCounts, theirs: MeterCounts): { readonly moved: number; readonly requests: number } {
  return { moved: (ours.up + ours.down) / (theirs.up + theirs.down), requests: ours.requests / theirs.requests };
}
