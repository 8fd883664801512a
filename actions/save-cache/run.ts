import {
  cacheScopes,
  type Entry,
  type EntryStepDeps,
  type Outputs,
  platformOf,
  resolveEntry,
  type SaveOutcome,
  saveCache,
  saveOutputs,
  saveSummary,
  unresolved,
} from '@waybill/core/cache';
import type { Inputs } from './inputs.ts';

/**
 * Saves, sets the outputs and adds to the job's summary. What goes wrong with the cache is a warning and a result.
 * @throws WaybillError `KEY_NOT_DERIVED` (user)
 */
export async function run(inputs: Inputs, deps: EntryStepDeps): Promise<Outputs> {
  const { runner, machine } = deps;
  const start = machine.now();
  const done = await resolveAndSave(inputs, deps);
  const outcome = { ...done.outcome, durationMs: machine.now() - start };
  const outputs = saveOutputs(outcome);
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
  runner.summary(saveSummary(done.key, outcome));
  return outputs;
}

async function resolveAndSave(
  inputs: Inputs,
  deps: EntryStepDeps,
): Promise<{ readonly outcome: SaveOutcome; readonly key: string | undefined }> {
  const { runner, context } = deps;
  let entry: Entry;
  try {
    entry = await resolveEntry({ ...inputs.entry, crossOsArchive: inputs.crossOsArchive }, deps);
  } catch (error) {
    const nothing = { files: 0, rawBytes: 0, uploadedBytes: 0, reusedBytes: 0, durationMs: 0 };
    return { outcome: { ...unresolved(error, 'saved', deps), ...nothing }, key: undefined };
  }
  const { path, ...named } = entry;
  const outcome = await saveCache(
    {
      ...inputs,
      ...named,
      paths: path.set,
      scopes: cacheScopes(context, inputs.store.share),
      platform: platformOf(context.platform, context.arch),
      facts: context,
      parent: undefined,
      startedAt: undefined,
    },
    { ...deps, log: runner },
  );
  return { outcome, key: entry.key };
}
