import { WaybillError } from '../errors/index.ts';
import type { RunContext, Runner } from '../runner/index.ts';
import { failsOnMiss } from './classic-outputs.ts';
import type { CacheDeps } from './deps.ts';
import { cacheScopes, platformOf } from './identity.ts';
import { restoreSummary } from './job-summary.ts';
import type { RestoreOutcome } from './outcome.ts';
import { type RestoreRequest, restoreCache } from './restore-cache.ts';
import { restoreOutputs } from './step-outputs.ts';
import { isReleaseContext } from './trust.ts';

/** What a step of an action works with. */
export interface StepDeps extends Omit<CacheDeps, 'log'> {
  readonly runner: Runner;
  readonly context: RunContext;
}

/** What a step says itself; the rest of a request is the run's. */
export type RestoreStepInputs = Omit<RestoreRequest, 'scopes' | 'platform' | 'mode' | 'releaseContext'> & {
  readonly store: { readonly share: 'repository' | 'all' };
};

/** Restores as a step of a job does: sets the outputs, and adds to the job's summary. */
export async function restoreStep(inputs: RestoreStepInputs, deps: StepDeps): Promise<RestoreOutcome> {
  const { runner, context } = deps;
  const outcome = await restoreCache(
    {
      ...inputs,
      scopes: cacheScopes(context, inputs.store.share),
      platform: platformOf(context.platform, context.arch),
      mode: context.cacheMode,
      releaseContext: isReleaseContext(context),
    },
    { ...deps, log: runner },
  );
  for (const [name, value] of Object.entries(restoreOutputs(outcome, inputs.key))) runner.setOutput(name, value);
  runner.summary(restoreSummary(inputs.key, outcome));
  return outcome;
}

/**
 * What `fail-on-cache-miss` asks for.
 * @throws WaybillError `CACHE_MISS` where nothing was restored; the wording is that of actions/cache, people search their logs for it
 */
export function requireHit(outcome: RestoreOutcome, key: string): void {
  if (!failsOnMiss(outcome)) return;
  const reason = outcome.reason === '' ? '' : `, the reason ${outcome.reason}`;
  throw new WaybillError(
    'CACHE_MISS',
    `Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${key}`,
    { kind: 'user', hint: `The result was ${outcome.result}${reason}.` },
  );
}
