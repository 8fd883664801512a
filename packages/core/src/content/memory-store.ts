import { type Descriptor, type Digest, digestOf } from '../oci/index.ts';
import { abortable, openContent, single } from './byte-stream.ts';
import { blobUnknown, rangeOf, verifyStream } from './integrity.ts';
import { lookUp } from './look-up.ts';
import { checkName, isExpired, nameHash } from './name.ts';
import type { Access, AccessLog, Deleter, Guarantees, KeyedStore, NameRecord, Renewer, Store } from './ports.ts';
import { mayWrite, newRecord } from './put-rules.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** What it says of its names. Default: scope `none`, write `atomic`, which is what it keeps. */
  readonly guarantees?: Guarantees;
}

export type MemoryStore = Store & Renewer & Deleter & KeyedStore & AccessLog;

/** A store in memory, for tests and dry runs. */
export function createMemoryStore({
  clock,
  guarantees = { scope: 'none', write: 'atomic' },
}: MemoryStoreOptions): MemoryStore {
  const blobs = new Map<Digest, Uint8Array>();
  return { ...memoryBlobs(blobs), ...memoryNames(clock, guarantees) };
}

function memoryBlobs(blobs: Map<Digest, Uint8Array>): Store & Renewer & Deleter {
  const has = (descriptor: Descriptor) => blobs.get(descriptor.digest)?.byteLength === descriptor.size;
  return {
    async fetch(descriptor, options) {
      options?.signal?.throwIfAborted();
      const { start, length } = rangeOf(descriptor, options);
      const bytes = blobs.get(descriptor.digest);
      if (bytes === undefined) throw blobUnknown(descriptor, 'memory');
      return abortable(single(bytes.subarray(start, start + length)), options?.signal);
    },
    exists: async (descriptor, options) => {
      options?.signal?.throwIfAborted();
      return has(descriptor);
    },
    async push(descriptor, content, options) {
      options?.signal?.throwIfAborted();
      if (has(descriptor)) return 'exists';
      const pieces: Uint8Array[] = [];
      for await (const piece of abortable(verifyStream(descriptor, openContent(content)), options?.signal))
        pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      blobs.set(digestOf(bytes), bytes);
      return 'pushed';
    },
    renew: async (descriptor) => has(descriptor),
    delete: async (descriptor) => blobs.delete(descriptor.digest),
  };
}

function memoryNames(clock: () => number, guarantees: Guarantees): KeyedStore & AccessLog {
  const records = new Map<string, NameRecord>();
  const accesses = new Map<string, Access>();

  const newestFirst = (fits: (record: NameRecord) => boolean) =>
    [...records.values()].filter(fits).sort((a, b) => b.createdAt - a.createdAt);

  return {
    guarantees,
    async find(query, options) {
      const now = clock();
      const partition = (scope: string) => {
        const inside = newestFirst(
          ({ name }) => name.kind === query.kind && name.scope === scope && name.version === query.version,
        ).filter((record) => !isExpired(record, now));
        return {
          exact: async (key: string) => inside.find(({ name }) => name.key === key),
          newest: async (prefix: string) => inside.find(({ name }) => name.key.startsWith(prefix)),
        };
      };
      return lookUp(query, partition, options?.signal);
    },
    async put(name, target, options = {}) {
      options.signal?.throwIfAborted();
      const hash = nameHash(checkName(name));
      const now = clock();
      const standing = records.get(hash);
      if (!mayWrite(standing, options, now)) {
        return { written: false, current: standing !== undefined && isExpired(standing, now) ? undefined : standing };
      }
      const { kind, scope, version } = name;
      const [newest] = newestFirst(
        (record) => record.name.kind === kind && record.name.scope === scope && record.name.version === version,
      );
      const record = newRecord(name, target, options, now, newest?.createdAt);
      records.set(hash, record);
      return { written: true, record };
    },
    async *list(filter, options) {
      const found = newestFirst(
        ({ name }) =>
          name.kind === filter.kind &&
          (filter.scope === undefined || name.scope === filter.scope) &&
          (filter.version === undefined || name.version === filter.version) &&
          name.key.startsWith(filter.prefix ?? ''),
      );
      for (const record of found) {
        options?.signal?.throwIfAborted();
        yield record;
      }
    },
    async remove(name, options) {
      options?.signal?.throwIfAborted();
      const hash = nameHash(name);
      const standing = records.get(hash);
      if (standing === undefined || (options?.expected !== undefined && standing.target.digest !== options.expected))
        return false;
      return records.delete(hash);
    },
    async touch(record) {
      const hash = nameHash(record.name);
      accesses.set(hash, { lastAccessed: clock(), count: (accesses.get(hash)?.count ?? 0) + 1 });
    },
    access: async (record) => accesses.get(nameHash(record.name)),
  };
}
