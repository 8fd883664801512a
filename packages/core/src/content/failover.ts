import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { AccessLog, Deleter, KeyedStore, LocalBlobs, NameRecord, Renewer, Store } from './ports.ts';

/** Bytes and names of one place, and what else it can do. */
export type FullStore = Store & KeyedStore & Partial<LocalBlobs & Renewer & Deleter & AccessLog>;

export interface Alternative {
  /** For people. */
  readonly label: string;
  readonly store: FullStore;
}

/** What a store says that is up: another one would be asked in vain, or behind its back. */
const ANSWERS: readonly string[] = [
  'BLOB_UNKNOWN',
  'STORE_DENIED',
  'REGISTRY_REFUSED',
  'REGISTRY_REALM_REFUSED',
  'CREDENTIAL_HELPER_FAILED',
  'DOCKER_CONFIG_INVALID',
];

/** Whether the error tells of a store that does not work at all. */
export function isStoreFailure(error: unknown): boolean {
  return error instanceof WaybillError && error.kind === 'remote' && !ANSWERS.includes(errorCode(error) ?? '');
}

/**
 * The first of these stores that works, chosen by the first call and kept: when one does not answer, the next takes its
 * place for good, with a warning. Once something was written there is no changing any more, because the bytes of an
 * entry and its name belong together: from then on an error is an error. A denial is an answer. What is not found is not
 * looked for elsewhere.
 */
export function failover(
  alternatives: readonly [Alternative, ...Alternative[]],
  warn: (message: string) => void,
): FullStore {
  let at = 0;
  let written = false;
  const current = () => alternatives[at] ?? alternatives[0];

  const run = async <T>(
    work: (store: FullStore) => Promise<T>,
    { signal, writes = false }: { readonly signal?: AbortSignal | undefined; readonly writes?: boolean } = {},
  ): Promise<T> => {
    for (;;) {
      const tried = current();
      try {
        const result = await work(tried.store);
        // Another call went over meanwhile: what was written here must be where its entry will be.
        if (writes && tried !== current()) continue;
        written ||= writes;
        return result;
      } catch (error) {
        if (signal?.aborted || written || !isStoreFailure(error)) throw error;
        if (tried === current()) {
          const next = alternatives[at + 1];
          if (next === undefined) throw error;
          at += 1;
          warn(`${tried.label} does not answer, ${next.label} is used in its place: ${errorMessage(error)}`);
        }
      }
    }
  };

  const can = (what: 'delete' | 'localPath' | 'renew' | 'touch' | 'access') =>
    alternatives.some(({ store }) => store[what] !== undefined);
  const also: Partial<LocalBlobs & Renewer & Deleter & AccessLog> = {
    ...(can('delete') && {
      delete: (descriptor, options) =>
        run(async (store) => (await store.delete?.(descriptor, options)) ?? false, {
          signal: options?.signal,
          writes: true,
        }),
    }),
    ...(can('localPath') && {
      localPath: (descriptor, options) =>
        run(async (store) => store.localPath?.(descriptor, options), { signal: options?.signal }),
    }),
    ...(can('renew') && {
      // One that renews nothing was not asked: its blobs are looked for when the entry has its name.
      renew: (descriptor, options) =>
        run(async (store) => (await store.renew?.(descriptor, options)) ?? true, {
          signal: options?.signal,
          writes: true,
        }),
    }),
    ...(can('touch') && { touch: async (record) => current().store.touch?.(record) }),
    ...(can('access') && { access: async (record) => current().store.access?.(record) }),
  };

  return {
    ...also,
    guarantees: alternatives[0].store.guarantees,
    fetch: (descriptor, options) => run((store) => store.fetch(descriptor, options), { signal: options?.signal }),
    exists: (descriptor, options) => run((store) => store.exists(descriptor, options), { signal: options?.signal }),
    push: (descriptor, content, options) =>
      run((store) => store.push(descriptor, content, options), { signal: options?.signal, writes: true }),
    find: (query, options) => run((store) => store.find(query, options), { signal: options?.signal }),
    put: (name, target, options) =>
      run((store) => store.put(name, target, options), { signal: options?.signal, writes: true }),
    remove: (name, options) => run((store) => store.remove(name, options), { signal: options?.signal, writes: true }),
    list: async function* (filter, options) {
      const { records, first } = await run(
        async (store) => {
          const opened = store.list(filter, options)[Symbol.asyncIterator]();
          return { records: opened, first: await opened.next() };
        },
        { signal: options?.signal },
      );
      yield* resumed(records, first);
    },
  };
}

async function* resumed(
  records: AsyncIterator<NameRecord>,
  first: IteratorResult<NameRecord>,
): AsyncIterable<NameRecord> {
  try {
    for (let next = first; next.done !== true; next = await records.next()) yield next.value;
  } finally {
    await records.return?.();
  }
}
