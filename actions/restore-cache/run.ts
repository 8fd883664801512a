import { type Outputs, requireHit, restoreOutputs, restoreStep, type StepDeps } from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';

/**
 * Restores, sets the outputs and adds to the job's summary.
 * @throws WaybillError `CACHE_MISS` where nothing was restored and `fail-on-cache-miss` is true; the outputs are set all the same
 */
export async function run(inputs: Inputs, deps: StepDeps): Promise<Outputs> {
  const outcome = await restoreStep(inputs, deps);
  if (inputs.failOnCacheMiss) requireHit(outcome, inputs.key);
  return restoreOutputs(outcome, inputs.key);
}
