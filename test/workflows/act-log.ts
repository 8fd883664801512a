export type Stage = 'Pre' | 'Main' | 'Post';

/** A step of a job in one of its stages, as act told it. A step that was skipped is not told at all. */
export interface ActStep {
  /**
   * The step's id, or its place from 0; inside composites with the ids of the steps around it: `outer/0/cache`.
   * In front of a composite's post steps act puts the ids of those that came before as well.
   */
  readonly id: string;
  readonly stage: Stage;
  result: 'success' | 'failure' | undefined;
  readonly outputs: Record<string, string>;
  readonly annotations: Annotation[];
  /** What the step added to the job's summary. */
  summary: string;
  /** What it printed, without workflow commands. */
  log: string;
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

export interface ActJob {
  /** `<workflow>/<job id>`. */
  readonly name: string;
  result: 'success' | 'failure' | undefined;
  /** In the order in which they began. */
  readonly steps: ActStep[];
}

type Line = Readonly<Record<string, unknown>>;

/** Reads what `act --json` printed. Lines of other kinds, and of no job, are left out. */
export function parseActLog(text: string): Map<string, ActJob> {
  const jobs = new Map<string, ActJob>();
  for (const line of text.split('\n').map(parseLine)) {
    const name = asText(line['job']).trim();
    if (name === '') continue;
    const job = jobs.get(name) ?? { name, result: undefined, steps: [] };
    jobs.set(name, job);
    job.result = resultOf(line['jobResult']) ?? job.result;
    const step = stepOf(job, line);
    if (step !== undefined) read(step, line);
  }
  return jobs;
}

function parseLine(text: string): Line {
  if (!text.startsWith('{')) return {};
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}

function stepOf(job: ActJob, line: Line): ActStep | undefined {
  const { stepID: ids, stage } = line;
  if (!Array.isArray(ids) || (stage !== 'Pre' && stage !== 'Main' && stage !== 'Post')) return undefined;
  const id = ids.join('/');
  const known = job.steps.find((step) => step.id === id && step.stage === stage);
  if (known !== undefined) return known;
  const step: ActStep = { id, stage, result: undefined, outputs: {}, annotations: [], summary: '', log: '' };
  job.steps.push(step);
  return step;
}

function read(step: ActStep, line: Line): void {
  step.result = resultOf(line['stepResult']) ?? step.result;
  if (line['raw_output'] === true) step.log += asText(line['msg']);
  const command = line['command'];
  if (command === 'set-output') step.outputs[asText(line['name'])] = asText(line['arg']);
  if (command === 'summary') step.summary += asText(line['content']);
  if (command === 'error' || command === 'warning' || command === 'notice') {
    const pairs: unknown = line['kvPairs'];
    const title = typeof pairs === 'object' && pairs !== null && 'title' in pairs ? asText(pairs.title) : '';
    step.annotations.push({ level: command, title, message: asText(line['arg']) });
  }
}

function resultOf(value: unknown): 'success' | 'failure' | undefined {
  return value === 'success' || value === 'failure' ? value : undefined;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
