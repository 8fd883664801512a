import type { StoreChain } from '../content/index.ts';
import type { Host, RunContext, Runner } from '../runner/index.ts';
import { openStore } from './open-store.ts';
import type { EntryStepDeps } from './restore-step.ts';

/** What the process has that a step of the cache works with. */
export interface StepHost extends Pick<Host, 'env' | 'platform'> {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** How many threads there may be. */
  readonly parallelism: number;
  /** The file that worker threads start with. */
  readonly worker: URL;
}

export interface StepOptions {
  /** `push` where something may be saved. */
  readonly access: 'pull' | 'push';
  readonly store: StoreChain;
  /** Shown to ghcr.io alone. Empty is none. */
  readonly token: string;
  readonly runner: Runner;
  readonly context: RunContext;
  readonly signal: AbortSignal;
  readonly host: StepHost;
}

/** More make no restore faster, and each takes memory. */
const MAX_THREADS = 4;

/** Does `use` with the store open, and closes it. Whatever a miss can do without is loaded when it is asked for. */
export async function withStep<T>(options: StepOptions, use: (deps: EntryStepDeps) => Promise<T>): Promise<T> {
  const { access, store: chain, token, runner, context, signal, host } = options;
  const { env, platform, now, random, parallelism, worker } = host;
  const log = runner;
  const { home, stateDir } = context;
  const { names, store, close } = await openStore(chain, { access, env, home, githubToken: token, now, random, log });
  const tools = async () => {
    const { createRunTool } = await import('../proc/index.ts');
    return { runTool: createRunTool({ env, platform }), env };
  };
  const machine = { stateDir, now, threads: Math.min(parallelism, MAX_THREADS), workerEntry: worker };
  try {
    return await use({
      runner,
      context,
      names,
      store,
      snapshots: () => import('../snapshot/index.ts'),
      tools,
      machine,
      signal,
    });
  } finally {
    close();
  }
}
