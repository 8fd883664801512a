import type { AccessLog, KeyedStore, NameRecord } from './ports.ts';

/** The kind of names that say that a store keeps a copy: no look-up of entries sees them. */
const COPY_KIND = 'copy';

/**
 * The names, of which nearer stores that evict by use hear as well: there a name of a kind of its own stands for each
 * entry that was used or saved, so that what they hold copies of counts as used, and goes when it is the least recently used.
 * What goes wrong there is told to `log` alone: it is no part of a look-up.
 */
export function withCopies(
  names: KeyedStore & Partial<AccessLog>,
  nearer: readonly (KeyedStore & AccessLog)[],
  log: (error: unknown) => void,
): KeyedStore & Partial<AccessLog> {
  const note = async (record: NameRecord) => {
    const name = { ...record.name, kind: COPY_KIND };
    for (const store of nearer) {
      try {
        const query = { kind: COPY_KIND, scopes: [name.scope], version: name.version, key: name.key, prefixes: [] };
        const found = await store.find(query);
        const stands = found?.how === 'exact' && found.record.target.digest === record.target.digest;
        const { expiresAt } = record;
        if (stands) await store.touch(found.record);
        else await store.put(name, record.target, expiresAt === undefined ? {} : { expiresAt });
      } catch (error) {
        log(error);
      }
    }
  };
  const { access } = names;
  return {
    guarantees: names.guarantees,
    find: (query, options) => names.find(query, options),
    list: (filter, options) => names.list(filter, options),
    remove: (name, options) => names.remove(name, options),
    put: async (name, target, options) => {
      const result = await names.put(name, target, options);
      if (result.written) await note(result.record);
      return result;
    },
    touch: async (record) => {
      await names.touch?.(record);
      await note(record);
    },
    ...(access === undefined ? {} : { access: (record) => access(record) }),
  };
}
