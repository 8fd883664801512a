import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';
import { bytes, type Printer } from '../demo/print.ts';
import { type ContenderFigures, type ScenarioFigures, type Spread, spread } from './figures.ts';
import type { Sample } from './measure.ts';
import type { PromotionFigures } from './promotions.ts';

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

export function printMachine(print: Printer, machine: Machine): void {
  print.plain(`${machine.cores} cores of ${machine.cpu}, ${machine.memory}, ${machine.kernel}`);
  print.plain(`Node ${machine.node}; ${machine.tar}; ${machine.zstd}; in ${machine.dir}`);
}

export function printFigures(print: Printer, figures: ScenarioFigures): void {
  print.plain(`\n${figures.tree} · ${figures.link} · ${figures.scenario}: ${figures.what}`);
  print.table(
    ['', 'wall', 'least–most', 'cpu', 'peak memory', 'stored', 'requests', 'sent', 'received'],
    figures.contenders.map(row),
  );
  if (figures.floor !== undefined) print.plain(`  ${figures.floor.what}: ${bytes(spread(figures.floor.bytes).median)}`);
  if (figures.ratios.length === 0) {
    print.plain('  (nothing to compare with)');
    return;
  }
  print.table(
    ['ours by theirs', 'wall', 'cpu', 'peak memory', 'stored', 'requests', 'sent and received'],
    figures.ratios.map(({ ours, theirs, wall, cpu, peak, stored, requests, moved }) => [
      `${ours} by ${theirs}`,
      ratioText(wall),
      ratioText(cpu),
      ratio(peak.median),
      stored === undefined ? '' : ratio(stored.median),
      requests === undefined ? '' : ratio(requests),
      moved === undefined ? '' : ratio(moved),
    ]),
  );
}

function row({ name, samples, stored, counts }: ContenderFigures): string[] {
  const of = (read: (sample: Sample) => number) => spread(samples.map(read));
  const wall = of(({ wallMs }) => wallMs);
  return [
    name,
    ms(wall.median),
    `${ms(wall.least)}–${ms(wall.most)}`,
    ms(of(({ cpuMs }) => cpuMs).median),
    bytes(of(({ peakBytes }) => peakBytes).median),
    stored.length === 0 ? '' : bytes(spread(stored).median),
    counts === undefined ? '' : String(counts.requests),
    counts === undefined ? '' : bytes(counts.up),
    counts === undefined ? '' : bytes(counts.down),
  ];
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

export function printPromotions(print: Printer, all: readonly PromotionFigures[]): void {
  print.plain('\nimages · two platforms, five layers each, attestations, one artifact attached: to a new repository');
  print.table(
    ['', 'wall', 'cpu', 'requests', 'tag pages', 'mounts', 'sent', 'received', 'again', 'attached there'],
    all.map(({ name, samples, first, again, attached }) => [
      name,
      ms(spread(samples.map(({ wallMs }) => wallMs)).median),
      ms(spread(samples.map(({ cpuMs }) => cpuMs)).median),
      String(first.requests),
      String(first.pages),
      String(first.mounts),
      bytes(first.up),
      bytes(first.down),
      String(again.requests),
      String(attached),
    ]),
  );
}
