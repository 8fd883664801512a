import type { ServiceEntry, TokenScope } from './types.ts';

export interface EntryPlace {
  readonly repositoryId: string;
  readonly scope: string;
  readonly key: string;
  readonly version: string;
}

export interface LookUp {
  readonly repositoryId: string;
  /** In the order of the search. */
  readonly scopes: readonly TokenScope[];
  readonly key: string;
  readonly restoreKeys: readonly string[];
  readonly version: string;
}

/** Which entries there are. A place is taken by a reservation already, but only what was finished is found. */
export interface EntryIndex {
  /** The id of a new reservation; undefined where the place is taken. */
  reserve(place: EntryPlace): string | undefined;
  /** The id of what is reserved at this place and not finished. */
  reserved(place: EntryPlace): string | undefined;
  finish(id: string, size: number): void;
  find(lookUp: LookUp): ServiceEntry | undefined;
  /** What is finished, oldest first. */
  list(): readonly ServiceEntry[];
  clear(): void;
}

export function createEntryIndex(clock: () => number): EntryIndex {
  const finished: ServiceEntry[] = [];
  const reservations = new Map<string, EntryPlace & { readonly id: string }>();
  let last = 0;
  const isAt = (a: EntryPlace, b: EntryPlace) =>
    a.repositoryId === b.repositoryId && a.scope === b.scope && a.key === b.key && a.version === b.version;
  const reserved = (place: EntryPlace) => [...reservations.values()].find((other) => isAt(place, other))?.id;
  return {
    reserve({ repositoryId, scope, key, version }) {
      const place = { repositoryId, scope, key, version };
      if (reserved(place) !== undefined || finished.some((entry) => isAt(place, entry))) return undefined;
      const id = String(++last);
      reservations.set(id, { ...place, id });
      return id;
    },
    reserved,
    finish(id, size) {
      const place = reservations.get(id);
      if (place === undefined || !reservations.delete(id)) return;
      finished.push({ ...place, size, createdAt: clock() });
    },
    find({ repositoryId, scopes, key, restoreKeys, version }) {
      for (const { scope } of scopes) {
        // Newest first: what was finished last stands last, also within one millisecond.
        const here = finished
          .filter((entry) => entry.repositoryId === repositoryId && entry.scope === scope && entry.version === version)
          .toReversed();
        const hit = [
          here.find((entry) => entry.key === key),
          ...[key, ...restoreKeys].map((prefix) => here.find((entry) => entry.key.startsWith(prefix))),
        ].find((entry) => entry !== undefined);
        if (hit !== undefined) return hit;
      }
      return undefined;
    },
    list: () => [...finished],
    clear() {
      finished.length = 0;
      reservations.clear();
    },
  };
}
