import { parse } from 'yaml';
import { SLUG } from './released.ts';

/** A step of an example, as YAML has it. */
export type ExampleStep = Readonly<Record<string, unknown>>;

/**
 * The first block of YAML in a README: the steps that a reader copies into a job, with what a reader has to fill in:
 * who owns the actions, and the folder of the store.
 *
 * @param store absolute path
 * @throws Error where there is no such block, or it is no list of steps
 */
export function readExample(markdown: string, store: string): ExampleStep[] {
  const [first] = blocksOf(markdown);
  if (first === undefined) throw new Error('The README has no block of YAML.');
  const steps = parseSteps(first, store);
  if (steps === undefined) throw new Error(`The README's first block of YAML is no list of steps:\n${first}`);
  return steps;
}

/**
 * All blocks of YAML in a page that are lists of steps, filled in alike.
 * @param storeOf absolute path, by the number of the block among them, from 0
 */
export function readExamples(markdown: string, storeOf: (place: number) => string): ExampleStep[][] {
  const lists = blocksOf(markdown).filter((block) => parseSteps(block, '/') !== undefined);
  return lists.map((block, place) => parseSteps(block, storeOf(place)) ?? []);
}

function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function parseSteps(block: string, store: string): ExampleStep[] | undefined {
  const filled = block.replaceAll('OWNER/waybill', SLUG).replaceAll(/\bdir:\/[^\s?'"]*/g, `dir:${store}`);
  const steps: unknown = parse(filled);
  if (!Array.isArray(steps)) return undefined;
  return steps.map((step: unknown) => {
    if (typeof step !== 'object' || step === null) throw new Error(`No step: ${JSON.stringify(step)}\n${block}`);
    return { ...step };
  });
}

/** By what act calls the step: its id, else its place in the job, from 0. */
export function idOf(step: ExampleStep, place: number): string {
  return typeof step['id'] === 'string' ? step['id'] : `${place}`;
}

/** Whether the step is one of ours. */
export function isOurs(step: ExampleStep): boolean {
  return typeof step['uses'] === 'string' && step['uses'].startsWith(SLUG);
}
