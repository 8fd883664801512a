import { openContent } from '@waybill/core/content';
import type { Descriptor, Digest } from '@waybill/core/oci';
import type { ManifestRef, Registry } from '@waybill/core/registry';

/** What a registry's repository holds; several registries over one content are what several processes see of it. */
export interface MemoryRepository {
  readonly manifests: Map<Digest, { readonly raw: Uint8Array; readonly descriptor: Descriptor }>;
  readonly tags: Map<string, Digest>;
  readonly blobs: Map<Digest, Uint8Array>;
}

export interface MemoryRegistryOptions {
  readonly host?: string;
  readonly repository?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Waited for before each operation, and again after a write. */
  readonly delay?: () => Promise<void>;
}

export function createMemoryRepository(): MemoryRepository {
  return { manifests: new Map(), tags: new Map(), blobs: new Map() };
}

/** A repository without HTTP, for simulations in virtual time. It checks nothing and has no referrers. */
export function createMemoryRegistry(content: MemoryRepository, options: MemoryRegistryOptions = {}): Registry {
  const { manifests, tags, blobs } = content;
  const { host = 'registry.example', repository = 'octo-org/app', now = () => 0 } = options;
  const delay = options.delay ?? (async () => undefined);
  const digestAt = (ref: ManifestRef): Digest | undefined => ('tag' in ref ? tags.get(ref.tag) : ref.digest);
  const at = (ref: ManifestRef) => {
    const digest = digestAt(ref);
    return digest === undefined ? undefined : manifests.get(digest);
  };
  return {
    host,
    repository,
    time: now,
    blobs: {
      async head(digest) {
        await delay();
        return blobs.get(digest)?.byteLength;
      },
      async fetch({ digest }) {
        await delay();
        const bytes = blobs.get(digest);
        if (bytes === undefined) throw Object.assign(new Error(`no blob ${digest}`), { code: 'BLOB_UNKNOWN' });
        return (async function* one() {
          yield bytes;
        })();
      },
      async push({ digest }, content) {
        await delay();
        const pieces: Uint8Array[] = [];
        for await (const piece of openContent(content)) pieces.push(piece);
        blobs.set(digest, Buffer.concat(pieces));
        await delay();
      },
      async mount() {
        await delay();
        return { mounted: false, session: undefined };
      },
      delete: async (digest) => blobs.delete(digest),
      tryUpload: () => delay(),
      abandon: async () => undefined,
    },
    manifests: {
      async get(ref) {
        await delay();
        return at(ref);
      },
      async head(ref) {
        await delay();
        const found = at(ref);
        return found === undefined ? undefined : { mediaType: found.descriptor.mediaType, size: found.raw.byteLength };
      },
      async put(descriptor, raw, { tag } = {}) {
        await delay();
        manifests.set(descriptor.digest, { raw, descriptor });
        if (tag !== undefined) tags.set(tag, descriptor.digest);
        await delay();
        return { subject: undefined };
      },
      async delete(ref) {
        await delay();
        const digest = digestAt(ref);
        for (const [tag, target] of [...tags]) if (target === digest) tags.delete(tag);
        return digest !== undefined && manifests.delete(digest);
      },
    },
    async *tags() {
      await delay();
      yield [...tags.keys()].sort();
    },
    referrers: async () => [],
    referrersByApi: async () => ({ api: 'none', listed: [] }),
  };
}
