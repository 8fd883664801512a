import { readAttachments } from '../referrers/attachments.ts';
import { copyLegacyTags } from './copy-legacy.ts';
import { copyReferrers } from './copy-referrers.ts';
import { type CopiedRoot, copyRoot } from './copy-root.ts';
import { type CopySession, openSession } from './copy-session.ts';
import type { CopyOptions, CopyResult } from './types.ts';

/**
 * Copies an image (an index, nested ones, a single manifest, an artifact, of OCI or of Docker's schema 2) with what is
 * attached to it: referrers of the API, of the index under `sha256-<hex>` and of own tags, and the old tags `.sig`, `.att`,
 * `.sbom`, merged with what the target has. Bytes are never written anew, so that every digest stays.
 *
 * Within one registry blobs are mounted; else they are streamed, and nothing is kept in memory. A manifest is written after
 * all that it names, the root after all of its image, what is attached after the root: whoever finds something finds it
 * whole. Copying again is cheap, and finishes what was broken off.
 * @throws WaybillError `MANIFEST_UNKNOWN`, `BLOB_UNKNOWN` where the source lacks something; `DIGEST_MISMATCH`,
 *   `SIZE_MISMATCH` where its bytes are wrong; `MANIFEST_UNSUPPORTED`, `MANIFEST_INVALID`, `DIGEST_UNSUPPORTED`;
 *   `REFERRERS_NOT_LISTED`, `REFERRERS_TAG_TAKEN`, `REFERRERS_INDEX_FULL`, `LEGACY_TAG_NOT_KEPT`, `TOO_MANY_REFERRERS`; what
 *   {@link Blobs} throws; after an abort the signal's reason
 */
export async function copyImage(options: CopyOptions): Promise<CopyResult> {
  const session = openSession(options);
  try {
    const root = await copyRoot(session);
    const attached =
      options.referrers === 'all' ? await copyAttached(session, root) : { referrers: [], legacyTags: [] };
    return {
      root: root.manifest.descriptor,
      rootExisted: root.existed,
      ...session.counts(),
      ...attached,
      present: session.present,
      notes: session.notes,
    };
  } catch (error) {
    await session.fail(error);
    throw error;
  }
}

async function copyAttached(
  session: CopySession,
  root: CopiedRoot,
): Promise<Pick<CopyResult, 'referrers' | 'legacyTags'>> {
  const { from, to } = session.options;
  const about = { ...session.io, withoutApi: session.withoutApi };
  const source = readAttachments(from, about);
  // A target that did not have the image is asked when it is written to.
  const target = root.existed && !session.sameRepository ? readAttachments(to, about) : undefined;
  const { referrers, subjects } = await copyReferrers(session, root, source, target);
  const legacyTags = await copyLegacyTags(session, subjects, source);
  if (!(await source.listsTags())) {
    session.notes.push({
      code: 'tags-not-listed',
      subject: `${from.host}/${from.repository}`,
      message: `${from.host}/${from.repository} does not list its tags: what stands under a tag of its own alone was not looked for`,
    });
  }
  return { referrers, legacyTags };
}
