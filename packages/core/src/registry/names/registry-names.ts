import {
  checkName,
  type IoOptions,
  isExpired,
  type KeyedStore,
  lookUp,
  mayWrite,
  type Name,
  type NameRecord,
  nameRef,
  newRecord,
  sameName,
} from '../../content/index.ts';
import { isUnknownTarget, RegistryError } from '../registry-error.ts';
import type { Registry } from '../types.ts';
import { encodeName, encodeTombstone, isIn, type NameManifest, parseName } from './name-manifest.ts';
import {
  isTagOf,
  type ListedTag,
  listedTag,
  mayStartWith,
  newestOfEach,
  parseListedTag,
  partitionOf,
} from './name-tags.ts';

/** How many manifests a listing reads at once. */
const LIST_WIDTH = 8;

/**
 * Names as tags of a repository. Each write has two: `x.…` ({@link nameRef}), which moves, and `l.…` ({@link listedTag}),
 * which stays and is what prefixes are found by. What counts is the manifest under them. Without a way to compare and set
 * a tag, a conditional write is a hint: of two at once both may believe that they won, and the last one stands.
 *
 * An exact look-up is one request a scope, the newest by prefix the pages of the tag listing, once a look-up, and one.
 */
export function registryNames(registry: Registry): KeyedStore {
  const { manifests } = registry;

  const read = async (tag: string, io: IoOptions): Promise<NameManifest | undefined> => {
    const manifest = await manifests.get({ tag }, io);
    return manifest === undefined ? undefined : parseName(manifest.raw);
  };
  /** What stands under the moving tag of this very name, expired or not. */
  const standing = async (name: Name, io: IoOptions): Promise<NameRecord | undefined> => {
    const found = await read(nameRef(name), io);
    return found !== undefined && !found.removed && sameName(found.record.name, name) ? found.record : undefined;
  };
  const listed = async (io: IoOptions): Promise<readonly ListedTag[]> => {
    const all: ListedTag[] = [];
    for await (const page of registry.tags(io)) {
      for (const tag of page) {
        const parsed = parseListedTag(tag);
        if (parsed !== undefined) all.push(parsed);
      }
    }
    return all;
  };
  /** The record under a listed tag, if it is what the tag says. */
  const recordAt = async (tag: ListedTag, io: IoOptions): Promise<NameRecord | undefined> => {
    const found = await read(tag.tag, io);
    return found !== undefined && !found.removed && listedTag(found.record) === tag.tag ? found.record : undefined;
  };
  const putTags = async (record: NameRecord, io: IoOptions): Promise<void> => {
    const tags = [listedTag(record), nameRef(record.name)];
    const write = async (wholly: boolean) => {
      const { raw, descriptor } = encodeName(record, { listed: wholly });
      for (const tag of tags) await manifests.put(descriptor, raw, { ...io, tag });
    };
    try {
      await write(true);
    } catch (error) {
      if (!isUnknownTarget(error)) throw error;
      await write(false);
    }
  };

  return {
    guarantees: { scope: 'none', write: 'hint' },

    async find(query, io = {}) {
      let tags: Promise<readonly ListedTag[]> | undefined;
      const partition = (scope: string) => {
        const of = { kind: query.kind, scope, version: query.version };
        return {
          exact: async (key: string) => {
            const record = await standing({ ...of, key }, io);
            return record === undefined || isExpired(record, registry.time()) ? undefined : record;
          },
          newest: async (prefix: string) => {
            tags ??= listed(io);
            const id = partitionOf(of);
            const inside = (await tags).filter((tag) => tag.partition === id && mayStartWith(tag, prefix));
            for (const tag of newestOfEach(inside)) {
              const record = await recordAt(tag, io);
              if (record === undefined || isExpired(record, registry.time())) continue;
              if (isIn(record.name, of) && record.name.key.startsWith(prefix)) return record;
            }
            return undefined;
          },
        };
      };
      return lookUp(query, partition, io.signal);
    },

    async put(name, target, options = {}) {
      options.signal?.throwIfAborted();
      checkName(name);
      const io = signalOf(options);
      // Side by side: where the name is taken, which is seldom, the list was asked for in vain.
      const [before, tags] = await Promise.all([standing(name, io), listed(io)]);
      const at = registry.time();
      if (!mayWrite(before, options, at)) {
        return { written: false, current: before !== undefined && isExpired(before, at) ? undefined : before };
      }
      const id = partitionOf(name);
      const newest = tags
        .filter(({ partition }) => partition === id)
        .reduce<number | undefined>((latest, { createdAt }) => Math.max(latest ?? 0, createdAt), undefined);
      const record = newRecord(name, target, options, at, newest);
      await putTags(record, io);
      return { written: true, record };
    },

    async *list(filter, io = {}) {
      io.signal?.throwIfAborted();
      const { kind, scope, version, prefix = '' } = filter;
      const id = scope === undefined || version === undefined ? undefined : partitionOf({ kind, scope, version });
      const inside = (await listed(io)).filter(
        (tag) => (id === undefined || tag.partition === id) && mayStartWith(tag, prefix),
      );
      const newest = newestOfEach(inside);
      for (let start = 0; start < newest.length; start += LIST_WIDTH) {
        const batch = await Promise.all(newest.slice(start, start + LIST_WIDTH).map((tag) => recordAt(tag, io)));
        for (const record of batch) {
          io.signal?.throwIfAborted();
          if (record === undefined) continue;
          const { name } = record;
          const fits = isIn(name, { kind, scope: scope ?? name.scope, version: version ?? name.version });
          if (fits && name.key.startsWith(prefix)) yield record;
        }
      }
    },

    async remove(name, options = {}) {
      options.signal?.throwIfAborted();
      const io = signalOf(options);
      const record = await standing(name, io);
      if (record === undefined || (options.expected !== undefined && record.target.digest !== options.expected))
        return false;
      const { raw, descriptor } = encodeTombstone(record, registry.time());
      const writes = (await listed(io)).filter((tag) => isTagOf(tag, name)).map(({ tag }) => tag);
      for (const tag of [nameRef(name), ...writes]) await manifests.put(descriptor, raw, { ...io, tag });
      // Where the registry deletes, the tombstone goes and all its tags with it; where it does not, it stays.
      await manifests.delete({ digest: descriptor.digest }, io).catch((error: unknown) => {
        if (!(error instanceof RegistryError)) throw error;
      });
      return true;
    },
  };
}

function signalOf({ signal }: IoOptions): IoOptions {
  return signal === undefined ? {} : { signal };
}
