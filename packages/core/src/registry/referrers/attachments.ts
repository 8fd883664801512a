import type { IoOptions } from '../../content/index.ts';
import { errorCode } from '../../errors/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { Registry } from '../types.ts';
import {
  type AttachedTags,
  groupTags,
  LEGACY_KINDS,
  type LegacyKind,
  legacyTag,
  ownTag,
  referrersTag,
} from './attached-tags.ts';
import { entriesOf } from './referrer.ts';

/** What is said to be attached to one subject. Nothing of it is verified. */
export interface Claims {
  /** By the API or by the index of referrers. */
  readonly listed: ReadonlySet<Digest>;
  /** Own tags that none of the listed digests accounts for. */
  readonly own: readonly string[];
}

/** What is attached in a repository, as one operation sees it: tags are listed once, an API that is not there asked once. */
export interface Attachments {
  /** By the one listing; none where the registry does not list its tags. */
  tags(subject: Digest): Promise<AttachedTags>;
  claims(subject: Digest): Promise<Claims>;
  legacy(subject: Digest): Promise<readonly LegacyKind[]>;
  /** False where the registry does not list its tags: then own tags are not known. */
  listsTags(): Promise<boolean>;
}

/** Hosts that were found to have no API for referrers. */
export type HostsWithoutApi = Set<string>;

const NONE: AttachedTags = { fallback: false, legacy: [], own: [] };

export function readAttachments(
  registry: Registry,
  { signal, withoutApi = new Set() }: IoOptions & { readonly withoutApi?: HostsWithoutApi } = {},
): Attachments {
  const io = signal === undefined ? {} : { signal };
  let listing: Promise<ReadonlyMap<Digest, AttachedTags> | undefined> | undefined;
  const tags = () => {
    listing ??= groupTags(registry.tags(io)).catch((error: unknown) => {
      // Some tokens may pull and may not list.
      if (['STORE_DENIED', 'REGISTRY_REFUSED'].includes(errorCode(error) ?? '')) return undefined;
      throw error;
    });
    return listing;
  };

  const byApi = async (subject: Digest) => {
    if (withoutApi.has(registry.host)) return [];
    const { api, listed } = await registry.referrersByApi(subject, io);
    if (api === 'none') withoutApi.add(registry.host);
    return listed;
  };

  const byTag = async (subject: Digest) => {
    const all = await tags();
    if (all !== undefined && all.get(subject)?.fallback !== true) return [];
    const found = await registry.manifests.get({ tag: referrersTag(subject) }, io);
    // Some registries find a manifest under this tag that is the subject itself.
    return found === undefined || found.descriptor.digest === subject ? [] : entriesOf(found.raw);
  };

  const tagsOf = async (subject: Digest) => (await tags())?.get(subject) ?? NONE;

  return {
    tags: tagsOf,
    async claims(subject) {
      const lists = await Promise.all([byApi(subject), byTag(subject)]);
      const listed = new Set(lists.flat().map(({ digest }) => digest));
      const accounted = new Set([...listed].map((digest) => ownTag(subject, digest)));
      const { own } = await tagsOf(subject);
      return { listed, own: own.filter((tag) => !accounted.has(tag)) };
    },
    async legacy(subject) {
      const all = await tags();
      if (all !== undefined) return all.get(subject)?.legacy ?? [];
      const heads = LEGACY_KINDS.map((kind) => registry.manifests.head({ tag: legacyTag(subject, kind) }, io));
      const found = await Promise.all(heads);
      return LEGACY_KINDS.filter((_, i) => found[i] !== undefined);
    },
    listsTags: async () => (await tags()) !== undefined,
  };
}
