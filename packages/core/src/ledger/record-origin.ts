import { WaybillError } from '../errors/index.ts';
import type { BuildRecord } from './records.ts';

/** Whether a run, or what made a record, is of a pull request. */
export function isOfPullRequest({ ref }: { readonly ref?: string | undefined }): boolean {
  return ref?.startsWith('refs/pull/') === true;
}

/**
 * Whether the record is of a pull request that a run of this ref is no part of.
 * @param ref undefined: somebody asks who is no run, and nothing can be said against any record
 */
export function isOfAnotherPull(record: Pick<BuildRecord, 'ref'>, ref: string | undefined): boolean {
  return ref !== undefined && isOfPullRequest(record) && record.ref !== ref;
}

/** The only records of a commit are of pull requests, and the run is of another ref. */
export function onlyOfPulls(
  records: readonly Pick<BuildRecord, 'image' | 'digest' | 'ref'>[],
  { commit, ref }: { readonly commit: string; readonly ref: string | undefined },
): WaybillError {
  const list = records.map((record) => `${record.digest} by ${record.ref}`).join('; ');
  return new WaybillError(
    'RECORD_REF_MISMATCH',
    `all that is recorded of ${records[0]?.image} for the commit ${commit} was made by pull requests (${list}), and this run is of ${ref}`,
    {
      kind: 'integrity',
      hint: 'What a pull request built is taken on that pull request alone, unless the configuration says `adopt: any`. Build the commit on this ref.',
    },
  );
}
