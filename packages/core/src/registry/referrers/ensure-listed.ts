import { limit, type RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import type { FetchedManifest, Registry } from '../types.ts';
import { ownTag, referrersTag } from './attached-tags.ts';
import { type HostsWithoutApi, readAttachments } from './attachments.ts';
import { mergeIntoIndex } from './index-merge.ts';
import { describeReferrer, entriesOf } from './referrer.ts';

export interface EnsureListedOptions extends IoOptions {
  readonly registry: Registry;
  readonly subject: Digest;
  /** Each pushed under its own tag before. */
  readonly referrers: readonly Descriptor[];
  readonly withoutApi: HostsWithoutApi;
  readonly clock: RetryClock;
}

/** Before an index that was written is read again, in milliseconds. */
export const PAUSE_MS = { least: 200, most: 600 };

/** Each round loses only to another writer of the same index. */
const MAX_ROUNDS = 50;

const AT_ONCE = 8;

/**
 * Makes others find the referrers: where the API does not list them, they are merged into the index under the tag
 * `sha256-<hex>`, together with everything that stands under an own tag. No registry compares and sets a tag, so that a
 * writer may overwrite another; each reads again what it wrote, with the own tags of all, until nothing is missing. So the
 * last writer leaves an index that is whole, however long any of them took.
 * @throws WaybillError `REFERRERS_NOT_LISTED`, `REFERRERS_TAG_TAKEN`, `REFERRERS_INDEX_FULL`
 */
export async function ensureListed(options: EnsureListedOptions): Promise<void> {
  const { registry, subject, referrers, withoutApi, clock, signal } = options;
  const io = signal === undefined ? {} : { signal };
  if (!withoutApi.has(registry.host)) {
    const { api, listed } = await registry.referrersByApi(subject, io);
    if (api === 'none') withoutApi.add(registry.host);
    const digests = new Set(listed.map(({ digest }) => digest));
    if (referrers.every(({ digest }) => digests.has(digest))) return;
  }
  const tag = referrersTag(subject);
  const own = new Map(referrers.map((each): [string, Descriptor | undefined] => [ownTag(subject, each.digest), each]));
  const readIndex = () => registry.manifests.get({ tag }, io);
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const { own: tags } = await readAttachments(registry, { ...io, withoutApi }).tags(subject);
    let current = await readIndex();
    const unread = notListed(tags, current, subject).filter((each) => !own.has(each));
    if (unread.length > 0) {
      await readOwn(options, unread, own);
      // As short a while as can be between what is read and what is written.
      current = await readIndex();
    }
    const listed = new Set(digestsIn(current, subject));
    const missing = [...own.values()].flatMap((each) => (each === undefined || listed.has(each.digest) ? [] : [each]));
    if (missing.length === 0) return;
    const { raw, descriptor } = mergeIntoIndex(current, missing, { subject, tag });
    await registry.manifests.put(descriptor, raw, { ...io, tag });
    await clock.sleep(PAUSE_MS.least + clock.random() * (PAUSE_MS.most - PAUSE_MS.least), signal);
  }
  throw new WaybillError(
    'REFERRERS_NOT_LISTED',
    `${registry.host}/${registry.repository}: the index ${tag} was overwritten by others ${MAX_ROUNDS} times`,
    { kind: 'remote', hint: 'What is attached stands under a tag of its own; attach it again to have it listed.' },
  );
}

/** Reads what stands under these tags; undefined where that is no referrer of the subject. */
async function readOwn(
  { registry, subject, signal }: EnsureListedOptions,
  tags: readonly string[],
  into: Map<string, Descriptor | undefined>,
): Promise<void> {
  const gate = limit(AT_ONCE);
  const io = signal === undefined ? {} : { signal };
  await Promise.all(
    tags.map((tag) =>
      gate(async () => {
        const manifest = await registry.manifests.get({ tag }, io);
        into.set(tag, manifest === undefined ? undefined : describeReferrer(manifest, subject));
      }, signal),
    ),
  );
}

function notListed(tags: readonly string[], current: FetchedManifest | undefined, subject: Digest): readonly string[] {
  const listed = new Set(digestsIn(current, subject).map((digest) => ownTag(subject, digest)));
  return tags.filter((tag) => !listed.has(tag));
}

function digestsIn(current: FetchedManifest | undefined, subject: Digest): readonly Digest[] {
  if (current === undefined || current.descriptor.digest === subject) return [];
  return entriesOf(current.raw).map(({ digest }) => digest);
}
