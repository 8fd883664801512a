import type { CommitId, RefStore } from '@waybill/core/content';

/** A fresh, empty ref store and what the suite needs beside it. */
export interface RefStoreUnderTest {
  readonly store: RefStore;
  /** The same refs through another opening, as a second machine has them. */
  open(): Promise<RefStore>;
  dispose(): Promise<void>;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a file; undefined for none. */
export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

export async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A commit with one file, `record.json`, on top of another. */
export function put(store: RefStore, text: string, parent?: CommitId): Promise<CommitId> {
  return store.commit({
    ...(parent === undefined ? {} : { parent }),
    files: { 'record.json': bytesOf(text) },
    message: text,
  });
}

/** A ref with this many commits, `1` the oldest; the ids, oldest first. */
export async function plantChain(store: RefStore, ref: string, length: number): Promise<CommitId[]> {
  const ids: CommitId[] = [];
  for (let n = 1; n <= length; n += 1) {
    const expected = ids.at(-1);
    const id = await put(store, String(n), expected);
    if (!(await store.move(ref, id, { expected }))) throw new Error(`expected ${ref} to move`);
    ids.push(id);
  }
  return ids;
}

/** How hard a store is pressed. */
export interface RefStoreCapabilities {
  /** Rounds of eight racing movers. */
  readonly races: number;
}
