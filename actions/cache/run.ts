import { type Outputs, requireHit, restoreOutputs, restoreStep, type StepDeps } from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';
import { type PostState, saveState } from './post-state.ts';

/**
 * Restores, sets the outputs, adds to the job's summary, and leaves what the post step needs.
 * @throws WaybillError `CACHE_MISS` where nothing was restored and `fail-on-cache-miss` is true; all the rest is done all the same
 */
export async function run(inputs: Inputs, deps: StepDeps): Promise<Outputs> {
  const { runner, machine } = deps;
  const startedAt = machine.now();
  const outcome = await restoreStep(inputs, deps);

  const { paths, lookupOnly, failOnCacheMiss, unsigned, timeoutMs, ...later } = inputs;
  const state: PostState = { ...later, exactHit: outcome.result === 'exact', startedAt };
  saveState(runner, outcome.manifest === undefined ? state : { ...state, parent: outcome.manifest });
  // `post-if` sees variables and no inputs; this one makes it run in a red job.
  if (inputs.save === 'always') runner.exportVariable('WAYBILL_SAVE_ON_FAILURE', 'true');

  if (failOnCacheMiss) requireHit(outcome, inputs.key);
  return restoreOutputs(outcome, inputs.key);
}
