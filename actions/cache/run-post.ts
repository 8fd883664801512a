import {
  cacheScopes,
  declineSave,
  platformOf,
  type SaveOutcome,
  type StepDeps,
  saveCache,
  saveSummary,
  saveUnwanted,
} from '@waybill/core/cache';
import { parsePaths } from '@waybill/core/paths';
import type { RunContext } from '@waybill/core/runner';
import type { PostState } from './post-state.ts';

/**
 * Whether the post step of this very cache step has anything to do. `post-if` is the whole job's: one step with
 * `save: always` makes the post steps of all others run in a red job, and those must do nothing. Where the runner does
 * not tell the status (nested composites), the job is green for sure only if no step asked for a red one.
 */
export function isWanted(
  state: Pick<PostState, 'save'>,
  jobStatus: string,
  context: Pick<RunContext, 'saveOnFailure'>,
): boolean {
  const green = jobStatus === '' ? !context.saveOnFailure : jobStatus === 'success';
  return green || state.save === 'always';
}

/** Saves what the main step said. Undefined where there was nothing to do. */
export async function runPost(state: PostState, jobStatus: string, deps: StepDeps): Promise<SaveOutcome | undefined> {
  const { runner, context } = deps;
  if (!isWanted(state, jobStatus, context)) {
    const status = jobStatus === '' ? 'not known here' : jobStatus;
    runner.info(`nothing is saved: the job's status is ${status} (save: ${state.save})`);
    return undefined;
  }
  const unwanted = saveUnwanted({ ...state, ref: context.ref, defaultRef: context.defaultRef });
  if (unwanted !== undefined) return { ...declineSave(unwanted, runner), durationMs: 0 };
  const outcome = await saveCache(
    {
      ...state,
      paths: parsePaths(state.pathLines, { ...state, platform: context.platform }),
      parent: state.parent,
      scopes: cacheScopes(context, state.store.share),
      platform: platformOf(context.platform, context.arch),
      facts: context,
      tokens: [state.token, ...context.tokens],
    },
    { ...deps, log: runner },
  );
  runner.summary(saveSummary(state.key, outcome));
  return outcome;
}
