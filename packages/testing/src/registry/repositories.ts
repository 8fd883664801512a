import { createHash, randomUUID } from 'node:crypto';
import type { FakeContents } from './types.ts';

export interface StoredManifest {
  readonly raw: Uint8Array;
  readonly mediaType: string;
}

/** One repository's content. */
export interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, Uint8Array>;
}

export interface Repositories extends FakeContents {
  find(name: string): Repository | undefined;
  /** The repository, made where it is not there yet. */
  open(name: string): Repository;
}

export function createRepositories(): Repositories {
  const all = new Map<string, Repository>();
  const open = (name: string): Repository => {
    const known = all.get(name);
    if (known !== undefined) return known;
    const made: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map() };
    all.set(name, made);
    return made;
  };
  return {
    find: (name) => all.get(name),
    open,
    tags: (name) => [...(all.get(name)?.tags.keys() ?? [])].sort(),
    blob: (name, digest) => all.get(name)?.blobs.get(digest),
    manifest: (name, reference) => {
      const repository = all.get(name);
      return repository === undefined ? undefined : manifestAt(repository, reference)?.stored.raw;
    },
    tag: (name, tag, digest) => {
      open(name).tags.set(tag, digest);
    },
    spoil(name, digest, bytes) {
      const repository = all.get(name);
      const manifest = repository?.manifests.get(digest);
      if (manifest !== undefined) repository?.manifests.set(digest, { ...manifest, raw: bytes });
      else repository?.blobs.set(digest, bytes);
    },
    clear: () => all.clear(),
  };
}

/** The manifest that a tag or digest names, with its digest. */
export function manifestAt(
  repository: Repository,
  reference: string,
): { readonly digest: string; readonly stored: StoredManifest } | undefined {
  const digest = reference.includes(':') ? reference : repository.tags.get(reference);
  const stored = digest === undefined ? undefined : repository.manifests.get(digest);
  return digest === undefined || stored === undefined ? undefined : { digest, stored };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function startUpload(repository: Repository): string {
  const id = randomUUID();
  repository.uploads.set(id, new Uint8Array());
  return id;
}
