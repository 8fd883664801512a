import type { IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { isOfPullRequest } from '../../ledger/index.ts';
import type { FoundRecord } from '../records/record-places.ts';
import type { ImageFacts, ImageRequest } from './image-request.ts';

/**
 * Refuses a record that stands under the identity and is not of it: of another commit where the commit is part of the identity,
 * or of another pull request where builds are not shared between refs. Who may write records can put one there.
 * @throws WaybillError `RECORD_COMMIT_MISMATCH`, `RECORD_REF_MISMATCH` (integrity), and what reading the configuration throws
 */
export async function refuseForeign(
  { record, place }: FoundRecord,
  { identity, takesPullRequests }: Pick<ImageRequest, 'identity' | 'takesPullRequests'>,
  { ref }: Pick<ImageFacts, 'ref'>,
  io: IoOptions,
): Promise<void> {
  const what = `${place.shown}: the record of build ${record.identity.slice(0, 12)} of ${record.image}`;
  const forget = `If it is not to be there, take it away: ${place.howToForget(record.image, record.identity)}`;
  if (identity.kind === 'commit' && record.commit !== undefined && record.commit !== identity.commit) {
    throw new WaybillError(
      'RECORD_COMMIT_MISMATCH',
      `${what} is of commit ${record.commit}, expected ${identity.commit ?? 'none'}`,
      { kind: 'integrity', hint: `Its identity is that of a commit, and it says another one. ${forget}` },
    );
  }
  if (!isOfPullRequest(record) || record.ref === ref) return;
  if (await takesPullRequests(io)) return;
  throw new WaybillError(
    'RECORD_REF_MISMATCH',
    `${what} was made by ${record.ref}, and this run is of ${ref ?? 'no ref'}`,
    {
      kind: 'integrity',
      hint: `What a pull request built is taken on that pull request alone, unless the configuration says \`adopt: any\`. ${forget}`,
    },
  );
}
