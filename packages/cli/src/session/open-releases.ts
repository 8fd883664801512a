import { WaybillError } from '@waybill/core/errors';
import type { GitHub } from '@waybill/core/github';
import type { StatementLog } from '@waybill/core/intoto';
import type { RunContext } from '@waybill/core/runner';
import type { Options } from '../command/index.ts';
import type { Printer } from '../terminal/index.ts';
import type { OpenRepositories } from './open-repositories.ts';

/** Where statements are filed. */
export const RELEASES_OPTIONS = {
  releases: {
    type: 'text',
    value: 'URI',
    help: 'where statements are filed: release://OWNER/REPO',
  },
} as const satisfies Options;

/** The statements in the releases of a repository. */
export interface OpenedReleases {
  readonly log: StatementLog;
  readonly github: GitHub;
  /** `release://OWNER/REPO`. */
  readonly shown: string;
}

/**
 * Opens the releases that a text names; without one those of the run's repository, and undefined where there is no run.
 * Nothing is asked.
 * @throws WaybillError `STORE_URI_INVALID`, `RECORDS_UNAVAILABLE` (user)
 */
export type OpenReleases = (uri: string | undefined) => Promise<OpenedReleases | undefined>;

/**
 * What `work` makes of the releases; undefined where there are none. That those cannot be read which nobody named is a
 * warning: a token may be for other things.
 */
export async function withReleases<T>(
  uri: string | undefined,
  {
    openReleases,
    print,
    signal,
  }: { readonly openReleases: OpenReleases; readonly print: Pick<Printer, 'warning'>; readonly signal: AbortSignal },
  work: (releases: OpenedReleases) => Promise<T>,
): Promise<T | undefined> {
  const opened = await openReleases(uri);
  if (opened === undefined) return undefined;
  try {
    return await work(opened);
  } catch (error) {
    signal.throwIfAborted();
    if (uri !== undefined || !(error instanceof WaybillError) || error.kind === 'integrity') throw error;
    print.warning(`${opened.shown} was not looked at: ${error.message}`);
    return undefined;
  }
}

export interface OpenReleasesDeps {
  readonly context: RunContext;
  readonly openRepositories: OpenRepositories;
}

export function createOpenReleases({ context, openRepositories }: OpenReleasesDeps): OpenReleases {
  return async (uri) => {
    const { openReleaseLog, parseReleaseUri } = await import('@waybill/core/github');
    const repository = uri === undefined ? context.repository : parseReleaseUri(uri);
    if (repository === undefined) return undefined;
    const { repositories } = await openRepositories();
    const github = repositories.github(repository);
    if (github === undefined && uri === undefined) return undefined;
    if (github === undefined) {
      throw new WaybillError('RECORDS_UNAVAILABLE', `nothing says where the API of the GitHub of ${uri} is`, {
        kind: 'user',
        hint: 'Set GITHUB_API_URL: https://api.github.com, or https://HOST/api/v3.',
      });
    }
    return { log: openReleaseLog(github), github, shown: `release://${repository}` };
  };
}
