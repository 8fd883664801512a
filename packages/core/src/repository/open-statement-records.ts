import { WaybillError } from '../errors/index.ts';
import { type BestEffort, bestEffortLog, type GitHub, openReleaseLog } from '../github/index.ts';
import type { StatementRecords } from '../intoto/index.ts';

/** What somebody asks for by `records`. `auto`: filed where the run may; `release`: filed, or the step fails. */
export const RECORDS_CHOICES = ['auto', 'release', 'none'] as const;
export type RecordsChoice = (typeof RECORDS_CHOICES)[number];

export interface StatementRecordsOptions {
  readonly records: RecordsChoice;
  /** `OWNER/REPO` of the run; undefined outside of one. */
  readonly repository: string | undefined;
  readonly token: string;
  /** The client of a repository of the run's GitHub. */
  readonly github: (repository: string) => GitHub | undefined;
  /** What bounds filing where nothing has to be filed. */
  readonly effort: BestEffort;
}

/**
 * Where a run files its statements: as assets of releases of its repository. Undefined where they shall not be filed, or
 * where there is no GitHub to file them at and `auto` leaves it at that. Nothing is asked.
 * @throws WaybillError `RECORDS_UNAVAILABLE` (user) where they have to be filed, and there is none
 */
export function openStatementRecords(options: StatementRecordsOptions): StatementRecords | undefined {
  const { records, repository, token, github, effort } = options;
  if (records === 'none') return undefined;
  const client = repository === undefined || token === '' ? undefined : github(repository);
  if (client !== undefined) {
    const { owner, repo } = client;
    const required = records === 'release';
    const log = openReleaseLog(client);
    return { log: required ? log : bestEffortLog(log, effort), shown: `release://${owner}/${repo}`, required };
  }
  if (records === 'auto') return undefined;
  const lacks =
    repository === undefined
      ? 'this is no run of a workflow at GitHub'
      : token === ''
        ? 'the step has no github-token'
        : 'nothing says where the API of its GitHub is';
  throw new WaybillError('RECORDS_UNAVAILABLE', `records: release files assets of releases, and ${lacks}`, {
    kind: 'user',
    hint: 'Run it in a job of GitHub Actions with its token and `permissions: contents: write`, or use `records: auto`.',
  });
}
