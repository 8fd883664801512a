import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ActJob, type ActStep, parseActLog, type Stage } from './act-log.ts';

export interface ActRun {
  /** Undefined where act was killed. */
  readonly exitCode: number | undefined;
  readonly jobs: ReadonlyMap<string, ActJob>;
  /** All that act printed, for a person who must find out why. */
  readonly output: string;
  /** What stands yet in the folders that act makes for its jobs and in the temp folder, relative to the run's folder. */
  leftovers(): string[];
  /** @throws Error with all that act printed, where the job never began */
  job(name: string): ActJob;
  /** @throws Error with what the job's steps printed, where the step did not run */
  step(job: string, id: string, stage?: Stage): ActStep;
}

/** @param folder the run's folder, in which act was given `act` and `tmp` for what it makes */
export function describeRun(folder: string, exitCode: number | undefined, output: string): ActRun {
  const jobs = parseActLog(output);
  const job = (name: string) => {
    const found = jobs.get(name);
    if (found === undefined) throw new Error(`No job ${name} among ${[...jobs.keys()].join(', ')}:\n${output}`);
    return found;
  };
  return {
    exitCode,
    jobs,
    output,
    leftovers: () => ['act', 'tmp'].flatMap((name) => contentOf(join(folder, name)).map((entry) => join(name, entry))),
    job,
    step: (name, id, stage = 'Main') => {
      const { steps } = job(name);
      const found = steps.find((step) => step.id === id && step.stage === stage);
      if (found === undefined) throw new Error(`No step ${id} (${stage}) in ${name}:\n${showJob(job(name))}`);
      return found;
    },
  };
}

function contentOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** A job as a person reads it: each step, how it ended, what it said. */
export function showJob({ name, result, steps }: ActJob): string {
  const lines = steps.flatMap((step) => [
    `  ${step.stage} ${step.id}: ${step.result ?? 'no result'} ${JSON.stringify(step.outputs)}`,
    ...step.annotations.map(({ level, title, message }) => `    ${level} ${title}: ${message}`),
    ...`${step.log}${step.summary}`
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ]);
  return [`${name}: ${result ?? 'no result'}`, ...lines].join('\n');
}
