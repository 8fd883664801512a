import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Digest, hexOf } from '../../oci/index.ts';
import { hashFields } from '../hash-fields.ts';
import { nameHash } from '../name.ts';
import type { Name } from '../ports.ts';

/** The names of one kind, scope and version, as paths. */
export interface PartitionPaths {
  readonly dir: string;
  /** One JSON file a name, `<32 hex of sha256(key)>.json`: what counts. */
  readonly truths: string;
  /** Empty files whose names sort by time: what a look-up by prefix reads. */
  readonly markers: string;
  readonly lock: string;
}

/** Where things lie in the folder of a layout store. */
export interface LayoutPaths {
  readonly dir: string;
  readonly layoutFile: string;
  readonly indexFile: string;
  readonly indexLock: string;
  /** Names whose entry in `index.json` may be behind. */
  readonly pending: string;
  readonly blobs: string;
  /** Files on their way into place; on the file system of the blobs. */
  readonly temp: string;
  readonly names: string;
  readonly access: string;
  readonly usage: string;
  blob(digest: Digest): string;
  kind(kind: string): string;
  partition(of: Omit<Name, 'key'>): PartitionPaths;
  partitionAt(dir: string): PartitionPaths;
  accessOf(name: Name): string;
}

export function layoutPaths(dir: string): LayoutPaths {
  const own = join(dir, 'waybill');
  const blobs = join(dir, 'blobs', 'sha256');
  const names = join(own, 'names');
  const access = join(own, 'access');
  const partitionAt = (at: string): PartitionPaths => ({
    dir: at,
    truths: join(at, 'k'),
    markers: join(at, 't'),
    lock: join(at, 'lock'),
  });
  return {
    dir,
    layoutFile: join(dir, 'oci-layout'),
    indexFile: join(dir, 'index.json'),
    indexLock: join(own, 'index-lock'),
    pending: join(own, 'index-pending'),
    blobs,
    temp: join(own, 'tmp'),
    names,
    access,
    usage: join(own, 'usage'),
    blob: (digest) => join(blobs, hexOf(digest)),
    kind: (kind) => join(names, kind),
    partition: ({ kind, scope, version }) => partitionAt(join(names, kind, hashFields([scope, version]).slice(0, 32))),
    partitionAt,
    accessOf: (name) => join(access, nameHash(name)),
  };
}

/** The 32 hex that stand for a key within its partition; a file's whole name is compared after it matched. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 32);
}

export function truthPath(partition: PartitionPaths, hash: string): string {
  return join(partition.truths, `${hash}.json`);
}
