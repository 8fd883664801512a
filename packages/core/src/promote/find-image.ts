import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';

/**
 * The digest that was recorded for a commit of an image.
 * @throws WaybillError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS` (user), which lists them
 */
export async function findByCommit(ledger: Ledger, image: string, commit: string, io: IoOptions = {}): Promise<Digest> {
  const builds = await ledger.builds.byCommit(image, commit, io);
  const digests = [...new Set(builds.map(({ digest }) => digest))];
  const [first] = digests;
  if (first === undefined)
    throw new WaybillError('IMAGE_UNKNOWN', `no build of ${image} is recorded for the commit ${commit}`, {
      kind: 'user',
      hint: 'Record it (`waybill image record-artifact`), or give the digest.',
    });
  if (digests.length === 1) return first;
  const list = builds.map(({ digest, identity, recordedAt }) => `${digest} (${identity}, ${recordedAt})`);
  throw new WaybillError(
    'IMAGE_AMBIGUOUS',
    `${digests.length} builds of ${image} are recorded for the commit ${commit}: ${list.join('; ')}`,
    { kind: 'user', hint: 'Give the digest of one of them.' },
  );
}
