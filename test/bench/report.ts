import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';
import { bytes, type Printer } from '../demo/print.ts';
import type { Sample } from './measure.ts';

export interface ContenderFigures {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Bytes stored, a round each; empty where nothing is. */
  readonly stored: readonly number[];
}

export interface ScenarioFigures {
  readonly tree: string;
  readonly scenario: string;
  readonly what: string;
  /** Ours first. */
  readonly contenders: readonly ContenderFigures[];
  readonly floor?: { readonly what: string; readonly bytes: readonly number[] };
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly tar: string;
  readonly zstd: string;
  readonly dir: string;
}

export function describeMachine(tools: { readonly tar: string; readonly zstd: string }, dir: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: bytes(totalmem()),
    kernel: `${release()} ${arch()}`,
    node: process.version,
    ...tools,
    dir,
  };
}

/** Median, least and most of at least one figure. */
export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** Ours by theirs, round by round: what the machine did in a round is in both. */
export function pairRatios(ours: readonly number[], theirs: readonly number[]): Spread {
  return spread(ours.slice(0, theirs.length).map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

export function printFigures(print: Printer, figures: ScenarioFigures): void {
  const [ours, ...others] = figures.contenders;
  if (ours === undefined) return;
  print.plain(`\n${figures.tree} · ${figures.scenario}: ${figures.what}`);
  const walls = (contender: ContenderFigures) => contender.samples.map((sample) => sample.wallMs);
  const cpu = (contender: ContenderFigures) => contender.samples.map((sample) => sample.cpuMs);
  print.table(
    [
      '',
      'wall',
      'least–most',
      'cpu',
      'peak memory',
      'stored',
      'wall, ours by it',
      'cpu, ours by it',
      'stored, ours by it',
    ],
    figures.contenders.map((contender) => {
      const wall = spread(walls(contender));
      const oursBy = (values: (of: ContenderFigures) => readonly number[]) =>
        contender === ours || values(contender).length === 0 || values(ours).length === 0
          ? ''
          : ratioText(pairRatios(values(ours), values(contender)));
      return [
        contender.name,
        ms(wall.median),
        `${ms(wall.least)}–${ms(wall.most)}`,
        ms(spread(cpu(contender)).median),
        bytes(spread(contender.samples.map((sample) => sample.peakBytes)).median),
        contender.stored.length === 0 ? '' : bytes(spread(contender.stored).median),
        oursBy(walls),
        oursBy(cpu),
        oursBy((of) => of.stored),
      ];
    }),
  );
  if (figures.floor !== undefined) print.plain(`  ${figures.floor.what}: ${bytes(spread(figures.floor.bytes).median)}`);
  if (others.length === 0) print.plain('  (nothing to compare with)');
}

export function printMachine(print: Printer, machine: Machine): void {
  print.plain(`${machine.cores} cores of ${machine.cpu}, ${machine.memory}, ${machine.kernel}`);
  print.plain(`Node ${machine.node}; ${machine.tar}; ${machine.zstd}; in ${machine.dir}`);
}

function ms(value: number): string {
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

function ratioText({ median, least, most }: Spread): string {
  return `${ratio(median)} (${ratio(least)}–${ratio(most)})`;
}

/** Two figures that count, also of a small part. */
function ratio(value: number): string {
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}
