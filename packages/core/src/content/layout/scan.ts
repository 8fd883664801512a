import { join } from 'node:path';
import { limit } from '../../async/index.ts';
import {
  type Descriptor,
  type Digest,
  digestFromHex,
  digestOf,
  isManifestType,
  MAX_MANIFEST_BYTES,
  successors,
} from '../../oci/index.ts';
import type { NameRecord } from '../ports.ts';
import { listIfThere, readIfThere, statIfThere } from './files.ts';
import { ownRef, parseIndexJson } from './index-json.ts';
import { lastAccess } from './layout-access.ts';
import { allRecords } from './layout-index.ts';
import type { LayoutPaths } from './layout-paths.ts';

export interface UsedName {
  readonly record: NameRecord;
  /** Milliseconds since the epoch: the last restore, else the save. */
  readonly lastUsed: number;
}

export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Milliseconds since the epoch: the last push, also of what was there. */
  readonly touchedAt: number;
}

/** File operations on their way at once: enough to keep the disk busy. */
const AT_ONCE = 32;

/** Every name, least recently used first. */
export async function scanNames(paths: LayoutPaths, signal?: AbortSignal): Promise<UsedName[]> {
  const gate = limit(AT_ONCE);
  const names: Promise<UsedName>[] = [];
  for await (const record of allRecords(paths)) {
    const used = async () => ({
      record,
      lastUsed: Math.max(record.createdAt, (await lastAccess(paths, record.name)) ?? 0),
    });
    names.push(gate(used, signal));
  }
  const all = await Promise.all(names);
  return all.sort((a, b) => a.lastUsed - b.lastUsed || a.record.createdAt - b.record.createdAt);
}

/** Every blob. */
export async function scanBlobs(paths: LayoutPaths, signal?: AbortSignal): Promise<Map<Digest, StoredBlob>> {
  const gate = limit(AT_ONCE);
  const hexes = (await listIfThere(paths.blobs)).filter((file) => /^[0-9a-f]{64}$/.test(file));
  const sizes = await Promise.all(hexes.map((hex) => gate(() => statIfThere(join(paths.blobs, hex)), signal)));
  const blobs = new Map<Digest, StoredBlob>();
  for (const [at, hex] of hexes.entries()) {
    const found = sizes[at];
    const digest = digestFromHex(hex);
    if (found !== undefined) blobs.set(digest, { digest, size: found.size, touchedAt: found.mtimeMs });
  }
  return blobs;
}

/** The roots that other tools put into `index.json`: what they reach is theirs and stays. */
export async function foreignRoots(paths: LayoutPaths): Promise<readonly Descriptor[]> {
  const entries = parseIndexJson(await readIfThere(paths.indexFile)) ?? [];
  return entries.filter((entry) => ownRef(entry) === undefined);
}

/** What a root reaches, itself included. */
export interface Reached {
  readonly digests: ReadonlySet<Digest>;
  /** False where a manifest was not there, so that what it would reach is not known. */
  readonly known: boolean;
}
export type Reach = (root: Descriptor) => Promise<Reached>;

/** Each manifest is read once. A broken one reaches nothing more: it cannot be restored. */
export function reachability(paths: LayoutPaths): Reach {
  const gate = limit(AT_ONCE);
  const children = new Map<Digest, Promise<readonly Descriptor[] | undefined>>();
  const childrenOf = async (descriptor: Descriptor) => {
    if (!isManifestType(descriptor.mediaType)) return [];
    const known = children.get(descriptor.digest) ?? gate(() => readChildren(paths, descriptor));
    children.set(descriptor.digest, known);
    return known;
  };
  return async (root) => {
    const digests = new Set<Digest>();
    let known = true;
    for (const todo = [root]; ; ) {
      const next = todo.pop();
      if (next === undefined) return { digests, known };
      if (digests.has(next.digest)) continue;
      digests.add(next.digest);
      const parts = await childrenOf(next);
      if (parts === undefined) known = false;
      else todo.push(...parts);
    }
  };
}

async function readChildren(paths: LayoutPaths, descriptor: Descriptor): Promise<readonly Descriptor[] | undefined> {
  if (descriptor.size > MAX_MANIFEST_BYTES) return [];
  const raw = await readIfThere(paths.blob(descriptor.digest));
  if (raw === undefined) return undefined;
  if (digestOf(raw) !== descriptor.digest) return [];
  try {
    return successors(descriptor, raw);
  } catch {
    return [];
  }
}
