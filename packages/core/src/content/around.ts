import type { Descriptor } from '../oci/index.ts';
import type { ByteStream, KeyedStore, Store } from './ports.ts';

/** One call on a store. */
export interface Call {
  readonly operation: 'fetch' | 'exists' | 'push' | 'find' | 'put' | 'remove' | 'list';
  /** A digest, or the key of a name. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
}

/** What is done around every call; `run` may be called again, or never. */
export interface Advice {
  call<T>(call: Call, run: () => Promise<T>): Promise<T>;
  /** Opens a stream of bytes. Without it: as any call, and the stream as it is. */
  fetch?(call: Call, descriptor: Descriptor, open: (received: number) => Promise<ByteStream>): Promise<ByteStream>;
}

/**
 * The store with something done around its calls. What else it can do (delete, paths of blobs, an access log) stays as it
 * is. It must be a plain object whose functions do not use `this`, as every store here is.
 */
export function around<S extends Store | KeyedStore>(store: S, advice: Advice): S {
  return {
    ...store,
    ...(hasBytes(store) ? aroundBytes(store, advice) : {}),
    ...(hasNames(store) ? aroundNames(store, advice) : {}),
  };
}

function aroundBytes(store: Store, advice: Advice): Store {
  return {
    fetch: (descriptor, options) => {
      const call: Call = { operation: 'fetch', subject: descriptor.digest, signal: options?.signal };
      const { start, length } = options?.range ?? { start: 0, length: descriptor.size };
      const open = (received: number) =>
        received === 0
          ? store.fetch(descriptor, options)
          : store.fetch(descriptor, { ...options, range: { start: start + received, length: length - received } });
      return advice.fetch?.(call, descriptor, open) ?? advice.call(call, () => open(0));
    },
    exists: (descriptor, options) =>
      advice.call({ operation: 'exists', subject: descriptor.digest, signal: options?.signal }, () =>
        store.exists(descriptor, options),
      ),
    push: (descriptor, content, options) =>
      advice.call({ operation: 'push', subject: descriptor.digest, signal: options?.signal }, () =>
        store.push(descriptor, content, options),
      ),
  };
}

function aroundNames(names: KeyedStore, advice: Advice): KeyedStore {
  return {
    guarantees: names.guarantees,
    find: (query, options) =>
      advice.call({ operation: 'find', subject: query.key, signal: options?.signal }, () => names.find(query, options)),
    put: (name, target, options) =>
      advice.call({ operation: 'put', subject: name.key, signal: options?.signal }, () =>
        names.put(name, target, options),
      ),
    remove: (name, options) =>
      advice.call({ operation: 'remove', subject: name.key, signal: options?.signal }, () =>
        names.remove(name, options),
      ),
    list: async function* (filter, options) {
      const call: Call = { operation: 'list', subject: filter.prefix ?? '', signal: options?.signal };
      const records = names.list(filter, options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await advice.call(call, () => records.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await records.return?.();
      }
    },
  };
}

function hasBytes(store: Store | KeyedStore): store is Store {
  return 'push' in store;
}

function hasNames(store: Store | KeyedStore): store is KeyedStore {
  return 'put' in store;
}
