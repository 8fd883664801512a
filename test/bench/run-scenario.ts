import type { Contender } from './contender.ts';
import { type ContenderFigures, formRatios, type ScenarioFigures } from './figures.ts';
import type { Scenario } from './scenarios.ts';

export interface RunOptions {
  readonly tree: string;
  readonly link: string;
  readonly name: string;
  readonly runs: number;
  progress(text: string): void;
  /** Throws where the person at the keyboard has had enough. */
  check(): void;
}

/**
 * One round that warms up, in which requests are counted, then the measured ones, over the link; in each all contenders in turn.
 * What is not measured goes straight to the services.
 */
export async function runScenario(
  scenario: Scenario,
  all: readonly Contender[],
  { tree, link, name, runs, progress, check }: RunOptions,
): Promise<ScenarioFigures> {
  const contenders = all.filter(scenario.takes);
  const collected = contenders.map((contender): Collected => ({ contender, samples: [], stored: [] }));
  const floors: number[] = [];
  let floorName = '';
  for (const contender of contenders) {
    check();
    progress(`${tree} · ${link} · ${name}: setting up ${contender.name}`);
    await scenario.setUp(contender);
  }
  for (let round = 0; round <= runs; round++) {
    progress(`${tree} · ${link} · ${name}: ${round === 0 ? 'warming up' : `round ${round} of ${runs}`}`);
    await scenario.prepareRound?.(round, contenders);
    for (const into of collected) {
      await scenario.prepare?.(into.contender);
      check();
      await runOnce(scenario, into, round);
    }
    const floor = scenario.floor?.();
    if (round > 0 && floor !== undefined) {
      floorName = floor.what;
      floors.push(floor.bytes);
    }
  }
  const told = collected.map(tell);
  return {
    tree,
    link,
    scenario: name,
    what: scenario.what,
    contenders: told,
    ratios: formRatios(told),
    ...(floors.length === 0 ? {} : { floor: { what: floorName, bytes: floors } }),
  };
}

interface Collected {
  readonly contender: Contender;
  readonly samples: ContenderFigures['samples'][number][];
  readonly stored: number[];
  counts?: ContenderFigures['counts'];
}

async function runOnce(scenario: Scenario, into: Collected, round: number): Promise<void> {
  const { contender } = into;
  const { gate } = contender;
  const before = contender.stored();
  gate?.counts();
  gate?.use(round === 0 ? 'counted' : 'link');
  const sample = await scenario.run(contender, {});
  gate?.use('direct');
  if (round === 0) {
    if (gate !== undefined) into.counts = gate.counts();
    return;
  }
  into.samples.push(sample);
  if (scenario.stores) into.stored.push(contender.stored() - before);
}

function tell({ contender, samples, stored, counts }: Collected): ContenderFigures {
  const { name, ours } = contender;
  return { name, ours, samples, stored, ...(counts === undefined ? {} : { counts }) };
}
