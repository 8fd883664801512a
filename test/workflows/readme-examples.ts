import { parse, stringify } from 'yaml';
import { SLUG } from './released.ts';

/** A step of an example, as YAML has it. */
export type ExampleStep = Readonly<Record<string, unknown>>;

/** A job of an example, as YAML has it, with the steps that it has. */
export interface ExampleJob extends Readonly<Record<string, unknown>> {
  readonly steps: readonly ExampleStep[];
}

/** What stands in an example for what a reader has of their own. */
export interface Filling {
  /** `HOST/REPOSITORY` in the place of `ghcr.io/octo-org/app`. */
  readonly image: string;
  /** `store` of our steps that name none: without it the ledger is the run's repository on GitHub. */
  readonly ledger: string;
}

/**
 * The first block of YAML in a README: the steps that a reader copies into a job, with what a reader has to fill in:
 * who owns the actions, and the folder of the store.
 *
 * @param store absolute path
 * @throws Error where there is no such block, or it is no list of steps
 */
export function readExample(markdown: string, store: string): ExampleStep[] {
  const first = blockAt(markdown, 0);
  const steps = parseSteps(first, store);
  if (steps === undefined) throw new Error(`The README's first block of YAML is no list of steps:\n${first}`);
  return steps;
}

/**
 * A block of YAML that stands for whole jobs, filled in: those below `jobs`, by their names; or the one, here called
 * `example`, that permissions and steps are of.
 *
 * @param place the number of the block in the page, from 0
 * @throws Error where there is no such block, or it has neither jobs nor steps
 */
export function readExampleJobs(markdown: string, filling: Filling, place = 0): Record<string, ExampleJob> {
  const block = blockAt(markdown, place);
  const content = mapOf(parse(block), block);
  const jobs = content['jobs'] ?? { example: { 'runs-on': 'ubuntu-latest', ...content } };
  return fillWorkflow(stringify({ jobs }), filling).jobs;
}

/**
 * A workflow, or a part of one that has `jobs`, filled in.
 * @throws Error where it has no jobs, or one of them no steps
 */
export function fillWorkflow(
  text: string,
  { image, ledger }: Filling,
): Readonly<Record<string, unknown>> & { readonly jobs: Record<string, ExampleJob> } {
  const workflow = mapOf(parse(text.replaceAll('OWNER/waybill', SLUG).replaceAll('ghcr.io/octo-org/app', image)), text);
  const jobs = Object.entries(mapOf(workflow['jobs'], text)).map(([name, value]): [string, ExampleJob] => {
    const job = mapOf(value, text);
    const steps = stepsOf(job['steps'], text)?.map((step) =>
      isOurs(step) ? { ...step, with: { store: ledger, ...mapOf(step['with'] ?? {}, text) } } : step,
    );
    if (steps === undefined) throw new Error(`Job ${name} has no steps:\n${text}`);
    return [name, { ...job, steps }];
  });
  return { ...workflow, jobs: Object.fromEntries(jobs) };
}

/**
 * All blocks of YAML in a page that are lists of steps, filled in alike.
 * @param storeOf absolute path, by the number of the block among them, from 0
 */
export function readExamples(markdown: string, storeOf: (place: number) => string): ExampleStep[][] {
  const lists = blocksOf(markdown).filter((block) => parseSteps(block, '/') !== undefined);
  return lists.map((block, place) => parseSteps(block, storeOf(place)) ?? []);
}

function blockAt(markdown: string, place: number): string {
  const block = blocksOf(markdown)[place];
  if (block === undefined) throw new Error(`The page has no block of YAML ${place}.`);
  return block;
}

function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function parseSteps(block: string, store: string): ExampleStep[] | undefined {
  const filled = block.replaceAll('OWNER/waybill', SLUG).replaceAll(/\bdir:\/[^\s?'"]*/g, `dir:${store}`);
  return stepsOf(parse(filled), block);
}

function stepsOf(value: unknown, block: string): ExampleStep[] | undefined {
  return Array.isArray(value) ? value.map((step: unknown) => mapOf(step, block)) : undefined;
}

function mapOf(value: unknown, block: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`No map: ${JSON.stringify(value)}\n${block}`);
  }
  return { ...value };
}

/** By what act calls the step: its id, else its place in the job, from 0. */
export function idOf(step: ExampleStep, place: number): string {
  return typeof step['id'] === 'string' ? step['id'] : `${place}`;
}

/** Whether the step is one of ours. */
export function isOurs(step: ExampleStep): boolean {
  return typeof step['uses'] === 'string' && step['uses'].startsWith(SLUG);
}
