import { type EntryStepDeps, type Outputs, requireHit, restoreStep } from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';
import { type PostState, saveState } from './post-state.ts';

/**
 * Restores, sets the outputs, adds to the job's summary, and leaves what the post step needs: nothing where the key could
 * not be derived.
 * @throws WaybillError `KEY_NOT_DERIVED` (user). `CACHE_MISS` where nothing was restored and `fail-on-cache-miss` is true;
 *   all the rest is done all the same
 */
export async function run(inputs: Inputs, deps: EntryStepDeps): Promise<Outputs> {
  const { runner, machine } = deps;
  const startedAt = machine.now();
  const done = await restoreStep(inputs, deps);
  if (done.entry !== undefined) {
    const { entry, lookupOnly, failOnCacheMiss, unsigned, timeoutMs, ...later } = inputs;
    const { path, ...named } = done.entry;
    const exactHit = done.outcome.result === 'exact';
    const state: PostState = { ...later, ...named, pathLines: path.lines, exactHit, startedAt };
    const { manifest } = done.outcome;
    saveState(runner, manifest === undefined ? state : { ...state, parent: manifest });
  }
  // `post-if` sees variables and no inputs; this one makes it run in a red job.
  if (inputs.save === 'always') runner.exportVariable('WAYBILL_SAVE_ON_FAILURE', 'true');

  if (inputs.failOnCacheMiss) requireHit(done);
  return done.outputs;
}
