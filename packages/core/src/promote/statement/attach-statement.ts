import type { RetryClock } from '../../async/index.ts';
import { fetchAll, type IoOptions } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { STATEMENT_MEDIA_TYPE } from '../../intoto/index.ts';
import type { ChannelEntry } from '../../ledger/index.ts';
import { parseManifest } from '../../oci/index.ts';
import { attach, type Registry } from '../../registry/index.ts';

export type { PromotionClaim } from './promotion-statement.ts';

import {
  encodePromotionStatement,
  PROMOTION_ARTIFACT_TYPE,
  type PromotionClaim,
  parsePromotionStatement,
} from './promotion-statement.ts';
import { promotionTag } from './promotion-tag.ts';

const MAX_STATEMENT_BYTES = 1024 * 1024;

/** Attaches the statement of this entry to its digest in the channel's repository, and puts its own tag on it last. */
export async function attachStatement(
  registry: Registry,
  entry: ChannelEntry,
  io: IoOptions & { readonly clock: RetryClock },
): Promise<void> {
  const { record } = entry;
  const subject = await registry.manifests.get({ digest: record.digest }, io);
  if (subject === undefined)
    throw new WaybillError('DIGEST_LOST', `${record.to.reference} is no longer there`, {
      kind: 'integrity',
      hint: 'Promote it again from where it still is, or roll the channel back.',
    });
  const statement = await attach({
    registry,
    subject: subject.descriptor,
    artifactType: PROMOTION_ARTIFACT_TYPE,
    layers: [{ mediaType: STATEMENT_MEDIA_TYPE, bytes: encodePromotionStatement(entry) }],
    annotations: {
      'org.opencontainers.image.created': record.promotedAt,
      'dev.waybill.promotion.channel': record.channel,
      'dev.waybill.promotion.sequence': String(record.sequence),
    },
    ...io,
  });
  const manifest = await registry.manifests.get({ digest: statement.digest }, io);
  if (manifest === undefined)
    throw new WaybillError('STATEMENT_LOST', `the statement ${statement.digest} is gone right after it was attached`, {
      kind: 'remote',
    });
  const tag = promotionTag(record.image, record.channel, record.sequence);
  await registry.manifests.put(manifest.descriptor, manifest.raw, { ...io, tag });
}

/**
 * What the statement says that stands under the tag of the channel's n-th promotion. `none`: there is no such tag;
 * `unreadable`: what stands there is no such statement.
 */
export async function readStatement(
  registry: Registry,
  of: { readonly image: string; readonly channel: string; readonly sequence: number },
  io: IoOptions = {},
): Promise<PromotionClaim | 'none' | 'unreadable'> {
  const found = await registry.manifests.get({ tag: promotionTag(of.image, of.channel, of.sequence) }, io);
  if (found === undefined) return 'none';
  try {
    const [layer] = parseManifest(found.raw).value.layers;
    if (layer === undefined) return 'unreadable';
    const claim = parsePromotionStatement(
      await fetchAll(registry.blobs, layer, { ...io, maxBytes: MAX_STATEMENT_BYTES }),
    );
    const fits = claim?.image === of.image && claim.channel === of.channel && claim.sequence === of.sequence;
    return claim !== undefined && fits ? claim : 'unreadable';
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (['MANIFEST_INVALID', 'BLOB_UNKNOWN', 'BLOB_TOO_LARGE', 'SIZE_MISMATCH', 'DIGEST_MISMATCH'].includes(code))
      return 'unreadable';
    throw error;
  }
}
