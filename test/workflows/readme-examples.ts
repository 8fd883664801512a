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
  const [, block] = /^```yaml\n(.*?)^```$/ms.exec(markdown) ?? [];
  if (block === undefined) throw new Error('The README has no block of YAML.');
  const filled = block.replaceAll('OWNER/waybill', SLUG).replaceAll(/\bdir:\/[^\s?'"]*/g, `dir:${store}`);
  const steps: unknown = parse(filled);
  if (!Array.isArray(steps)) throw new Error(`The README's first block of YAML is no list of steps:\n${block}`);
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
