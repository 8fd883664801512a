import {
  cacheScopes,
  type Outputs,
  platformOf,
  type StepDeps,
  saveCache,
  saveOutputs,
  saveSummary,
} from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';

/** Saves, sets the outputs and adds to the job's summary. What goes wrong with the cache is a warning and a result. */
export async function run(inputs: Inputs, deps: StepDeps): Promise<Outputs> {
  const { runner, context } = deps;
  const outcome = await saveCache(
    {
      ...inputs,
      restoreKeys: [],
      scopes: cacheScopes(context, inputs.store.share),
      platform: platformOf(context.platform, context.arch),
      facts: context,
      parent: undefined,
      startedAt: undefined,
    },
    { ...deps, log: runner },
  );
  const outputs = saveOutputs(outcome);
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
  runner.summary(saveSummary(inputs.key, outcome));
  return outputs;
}
