import { availableParallelism } from 'node:os';
import { withStep } from '@waybill/core/cache';
import { entry, readRunContext } from '@waybill/core/runner';
import { readJobStatus } from './inputs.ts';
import { readState } from './post-state.ts';
import { runPost } from './run-post.ts';

/** @param worker the file that worker threads start with */
export async function post(worker: URL): Promise<void> {
  await entry(process, 'cache', 'post', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const state = readState(runner);
    if (state === undefined) {
      runner.info('nothing is saved: the main step did not get as far as to know what');
      return;
    }
    const { store, token } = state;
    runner.mask(token);
    const host = { env, platform, now: Date.now, random: Math.random, parallelism: availableParallelism(), worker };
    await withStep({ access: 'push', store, token, runner, context, signal, host }, (deps) =>
      runPost(state, readJobStatus(runner), deps),
    );
  });
}
