import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ActionRunner,
  createActionRunner,
  type RunningStep,
  type StepRequest,
  type StepRun,
} from '@waybill/testing/action-runner';
import { diffTrees, treeFingerprint } from '@waybill/testing/trees';
import type { Printer } from './print.ts';

/** One row of the table at the end. */
export interface Figure {
  readonly what: string;
  readonly treeBytes: number;
  /** Bytes that the store gained, or that were read from it. */
  readonly moved: number;
  readonly milliseconds: number;
  readonly kind: 'save' | 'restore';
}

/** A machine that runs jobs: a workspace and a home of its own. Machines share the store alone. */
export interface Machine {
  readonly name: string;
  readonly workspace: string;
  readonly home: string;
  /** The tree that is cached on it. */
  readonly tree: string;
}

export interface Act {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

/** Where the acts play. What one act leaves (machines, figures) the next ones find. */
export interface Stage {
  readonly print: Printer;
  /** The repository, with `actions/` and `dist/`. */
  readonly root: string;
  readonly store: string;
  readonly figures: Figure[];
  machine(name: string): Promise<Machine>;
  /** A job without a token: nothing asks GitHub. @param env its variables */
  job(machine: Machine, env?: Readonly<Record<string, string>>): Promise<ActionRunner>;
  /** Runs a step with the demo's store and the tree's path; a step that is not green ends the demo. */
  step(job: ActionRunner, request: StepRequest): Promise<StepRun>;
  /** Runs a step with the inputs that are given alone; one that ends otherwise than expected (`success`) ends the demo. */
  run(job: ActionRunner, request: StepRequest, expected?: StepRun['outcome']): Promise<StepRun>;
  storeBytes(): Promise<number>;
  /** Ends the demo unless the step's outputs are these; undefined: unset. */
  expectOutputs(step: StepRun, expected: Readonly<Record<string, string | undefined>>): void;
  /** Ends the demo unless both trees are the same in names, content, modes, times and links. Returns the number of entries. */
  expectSameTree(expected: string, found: string): Promise<number>;
  /** What the command line, called on this machine, writes to standard output. @throws Error where it ends with another code than 0 */
  waybill(machine: Machine, ...args: readonly string[]): string;
  /** Kills the steps that run, and lets nothing new begin: what is called from here on throws. */
  stop(reason: string): void;
}

/** Something is not as it should be; the message says what. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** `base`: an empty folder that the caller removes. */
export async function openStage(root: string, base: string, print: Printer): Promise<Stage> {
  const store = join(base, 'store');
  const machines = new Map<string, Machine>();
  let jobs = 0;
  const running = new Set<RunningStep>();
  let stopped: string | undefined;
  const goOn = () => {
    if (stopped !== undefined) throw new DemoError(stopped);
  };

  const run: Stage['run'] = async (job, request, expected = 'success') => {
    goOn();
    const step = await job.start(request);
    running.add(step);
    const ended = await step.finished;
    running.delete(step);
    goOn();
    if (ended.outcome === expected) return ended;
    throw new DemoError(
      `${ended.action} (${ended.phase}) ended with ${ended.exitCode ?? ended.signal}, expected ${expected}.\n${told(ended)}`,
    );
  };

  return {
    print,
    root,
    store,
    figures: [],
    machine: async (name) => {
      goOn();
      const known = machines.get(name);
      if (known !== undefined) return known;
      const workspace = join(base, name, 'app');
      const machine = { name, workspace, home: join(base, name, 'home'), tree: join(workspace, 'node_modules') };
      await mkdir(workspace, { recursive: true });
      await mkdir(machine.home);
      machines.set(name, machine);
      return machine;
    },
    job: async (machine, env = {}) => {
      const temp = join(base, `temp-${++jobs}`);
      await mkdir(temp);
      return createActionRunner({ root, workspace: machine.workspace, home: machine.home, temp, env, token: '' });
    },
    step: (job, request) =>
      run(job, { ...request, with: { store: `dir:${store}`, path: 'node_modules', ...request.with } }),
    run,
    storeBytes: () => folderBytes(store),
    expectOutputs: (step, expected) => {
      for (const [name, value] of Object.entries(expected)) {
        const found = step.outputs[name];
        if (found === value) continue;
        throw new DemoError(
          `${step.action}: output ${name} is ${found ?? 'unset'}, expected ${value ?? 'unset'}.\n${told(step)}`,
        );
      }
    },
    expectSameTree: async (expected, found) => {
      const before = await treeFingerprint(expected);
      goOn();
      const lines = diffTrees(before, await treeFingerprint(found));
      goOn();
      if (lines.length > 0) throw new DemoError(`${found} differs from ${expected}:\n  ${lines.join('\n  ')}`);
      return before.length;
    },
    waybill: (machine, ...args) => {
      goOn();
      return execFileSync(process.execPath, [join(root, 'dist', 'cli.js'), ...args], {
        cwd: machine.workspace,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: machine.home },
      });
    },
    stop: (reason) => {
      stopped = reason;
      for (const step of running) step.kill();
    },
  };
}

/** What a step had to say, for a person who must find out why. */
export function told(run: StepRun): string {
  return `${run.stdout}${run.stderr}`
    .trimEnd()
    .split('\n')
    .slice(-20)
    .map((line) => `  | ${line}`)
    .join('\n');
}

async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}
