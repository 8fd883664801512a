import { WaybillError } from '../errors/index.ts';
import type { RunContext, Runner } from '../runner/index.ts';
import { failsOnMiss } from './classic-outputs.ts';
import type { CacheDeps } from './deps.ts';
import type { EntryInputs } from './entry-inputs.ts';
import { cacheScopes, platformOf } from './identity.ts';
import { restoreSummary } from './job-summary.ts';
import type { RestoreOutcome } from './outcome.ts';
import { type Entry, type ResolveEntryDeps, resolveEntry, unresolved } from './resolve-entry.ts';
import { type RestoreRequest, restoreCache } from './restore-cache.ts';
import { type Outputs, restoreOutputs } from './step-outputs.ts';
import { isReleaseContext } from './trust.ts';

/** What a step of an action works with. */
export interface StepDeps extends Omit<CacheDeps, 'log'> {
  readonly runner: Runner;
  readonly context: RunContext;
}

/** What a step works with that may have to derive its key. */
export interface EntryStepDeps extends StepDeps {
  readonly tools: ResolveEntryDeps['tools'];
}

/** What a step says itself; the rest of a request is the run's. */
export type RestoreStepInputs = Omit<
  RestoreRequest,
  'paths' | 'key' | 'restoreKeys' | 'scopes' | 'platform' | 'mode' | 'releaseContext'
> & {
  readonly entry: EntryInputs;
  readonly store: { readonly share: 'repository' | 'all' };
};

/** What a restore did as a step, and what it meant. */
export interface RestoreStepResult {
  readonly outcome: RestoreOutcome;
  /** Undefined where it could not be derived. */
  readonly entry: Entry | undefined;
  /** As they were set. */
  readonly outputs: Outputs;
}

/**
 * Restores as a step of a job does: derives what the step left out, sets the outputs, and adds to the job's summary.
 * @throws WaybillError `KEY_NOT_DERIVED` (user)
 */
export async function restoreStep(inputs: RestoreStepInputs, deps: EntryStepDeps): Promise<RestoreStepResult> {
  const { runner, machine } = deps;
  const start = machine.now();
  const { entry, ...found } = await resolveAndRestore(inputs, deps);
  const outcome = { ...found.outcome, durationMs: machine.now() - start };
  const outputs = restoreOutputs(outcome, entry?.key);
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
  runner.summary(restoreSummary(entry?.key, outcome));
  return { outcome, entry, outputs };
}

async function resolveAndRestore(
  inputs: RestoreStepInputs,
  deps: EntryStepDeps,
): Promise<Pick<RestoreStepResult, 'outcome' | 'entry'>> {
  const { runner, context } = deps;
  let entry: Entry;
  try {
    entry = await resolveEntry({ ...inputs.entry, crossOsArchive: inputs.crossOsArchive }, deps);
  } catch (error) {
    const verdict = unresolved(error, 'restored', deps);
    return {
      outcome: { ...verdict, restoredFiles: 0, restoredBytes: 0, downloadedBytes: 0, durationMs: 0 },
      entry: undefined,
    };
  }
  const outcome = await restoreCache(
    {
      ...inputs,
      paths: entry.path.set,
      key: entry.key,
      restoreKeys: entry.restoreKeys,
      scopes: cacheScopes(context, inputs.store.share),
      platform: platformOf(context.platform, context.arch),
      mode: context.cacheMode,
      releaseContext: isReleaseContext(context),
    },
    { ...deps, log: runner },
  );
  return { outcome, entry };
}

/**
 * What `fail-on-cache-miss` asks for.
 * @param entry undefined where it could not be derived
 * @throws WaybillError `CACHE_MISS` where nothing was restored; the wording is that of actions/cache, people search their logs for it
 */
export function requireHit({ outcome, entry }: Pick<RestoreStepResult, 'outcome' | 'entry'>): void {
  if (!failsOnMiss(outcome)) return;
  const reason = outcome.reason === '' ? '' : `, the reason ${outcome.reason}`;
  throw new WaybillError(
    'CACHE_MISS',
    `Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${entry?.key ?? '(not derived)'}`,
    { kind: 'user', hint: `The result was ${outcome.result}${reason}.` },
  );
}
