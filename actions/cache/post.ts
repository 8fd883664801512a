import { availableParallelism } from 'node:os';
import { openStore } from '@waybill/core/cache';
import { entry, readRunContext } from '@waybill/core/runner';
import { readJobStatus } from './inputs.ts';
import { readState } from './post-state.ts';
import { runPost } from './run-post.ts';

/** @param worker the file that worker threads start with */
export async function post(worker: URL): Promise<void> {
  await entry(process, 'cache', 'post', async ({ runner, signal }) => {
    const context = readRunContext(process);
    const state = readState(runner);
    if (state === undefined) {
      runner.info('nothing is saved: the main step did not get as far as to know what');
      return;
    }
    runner.mask(state.token);
    const { names, store, close } = await openStore(state.store, {
      access: 'push',
      env: process.env,
      home: context.home,
      githubToken: state.token,
      now: Date.now,
      random: Math.random,
      log: runner,
    });
    try {
      await runPost(state, readJobStatus(runner), {
        runner,
        context,
        names,
        store,
        snapshots: () => import('@waybill/core/snapshot'),
        machine: {
          stateDir: context.stateDir,
          now: Date.now,
          threads: Math.min(availableParallelism(), 4),
          workerEntry: worker,
        },
        signal,
      });
    } finally {
      close();
    }
  });
}
