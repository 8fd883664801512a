import { type EntryStepDeps, type Outputs, requireHit, restoreStep } from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';

/**
 * Restores, sets the outputs and adds to the job's summary.
 * @throws WaybillError `KEY_NOT_DERIVED` (user). `CACHE_MISS` where nothing was restored and `fail-on-cache-miss` is true;
 *   the outputs are set all the same
 */
export async function run(inputs: Inputs, deps: EntryStepDeps): Promise<Outputs> {
  const done = await restoreStep(inputs, deps);
  if (inputs.failOnCacheMiss) requireHit(done);
  return done.outputs;
}
