import type { Descriptor, Digest } from '../oci/index.ts';

/** Bytes on their way; not yet verified unless the maker says so. */
export type ByteStream = AsyncIterable<Uint8Array>;

export interface IoOptions {
  readonly signal?: AbortSignal;
}

export interface FetchOptions extends IoOptions {
  /** A part of the blob, in bytes. The whole blob without it. */
  readonly range?: { readonly start: number; readonly length: number };
  /**
   * The caller has no use for a piece once it asks for the next: a store may then take back the memory of a piece, which is empty
   * from then on. Megabytes that wait for the collector add up to hundreds.
   */
  readonly transient?: boolean;
}

/**
 * Bytes by digest, read. What comes back is NOT verified: {@link fetchAll} and `verifying` do that.
 * @throws WaybillError `BLOB_UNKNOWN` where the store has no such bytes
 */
export interface Fetcher {
  fetch(descriptor: Descriptor, options?: FetchOptions): Promise<ByteStream>;
}

/** Whether the store says it has the bytes, with the size that the descriptor names. */
export interface Checker {
  exists(descriptor: Descriptor, options?: IoOptions): Promise<boolean>;
}

export interface PushOptions extends IoOptions {
  /**
   * The caller has reason to think that the store lacks the blob. Where looking costs as much as sending, it is then sent
   * unlooked, and the answer is `pushed`, which tells of bytes that were sent, even where it was there.
   */
  readonly likelyNew?: boolean;
}

/** What is pushed: the bytes, or a function that opens them, so that a retry can start again. */
export type Content = Uint8Array | (() => ByteStream);

/**
 * Bytes by digest, written. The store verifies size and digest before the blob becomes visible; nothing half-written is
 * ever visible. Pushing what is there is `exists` and costs no second copy.
 * @throws WaybillError `DIGEST_MISMATCH`, `SIZE_MISMATCH`
 */
export interface Pusher {
  push(descriptor: Descriptor, content: Content, options?: PushOptions): Promise<'pushed' | 'exists'>;
}

/** Of a store that evicts by itself, and leaves alone for a while what was pushed. */
export interface Renewer {
  /** Whether the store has the blob, which then counts as just pushed: for what goes on being used without being pushed again. */
  renew(descriptor: Descriptor, options?: IoOptions): Promise<boolean>;
}

/** True where something was deleted. */
export interface Deleter {
  delete(descriptor: Descriptor, options?: IoOptions): Promise<boolean>;
}

export interface Store extends Fetcher, Checker, Pusher {}

/**
 * Bytes that lie in files of this machine. A reader may open the file itself (from a worker thread, by ranges) and
 * verifies what it reads, exactly as with {@link Fetcher}.
 */
export interface LocalBlobs {
  /** The file that holds the blob, or would if the store had it. Undefined: it is fetched. */
  localPath(descriptor: Descriptor, options?: IoOptions): Promise<string | undefined>;
}

/** What a name means is always asked within a kind, a scope and a version; the key is what users see. */
export interface Name {
  /** `cache` for now. */
  readonly kind: string;
  /** Who may see it: `OWNER/REPO` NUL ref, or `local`. */
  readonly scope: string;
  /** 64 hex: what makes two saves comparable (paths and platform). */
  readonly version: string;
  /** As the user wrote it, 1 to 512 characters. */
  readonly key: string;
}

/** A name, what it points at, and what is known of the entry. */
export interface NameRecord {
  readonly name: Name;
  readonly target: Descriptor;
  /** Milliseconds since the epoch, by the store's clock. Newer wins; never equal for two writes of one partition on an atomic store. */
  readonly createdAt: number;
  /** From here on the name is a miss. */
  readonly expiresAt?: number;
  /** More about the entry (repository, toolchain, platform, …), string to string. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Kept only by stores that evict by it. */
export interface Access {
  /** Milliseconds since the epoch. */
  readonly lastAccessed: number;
  readonly count: number;
}

/** What is looked for, in the order in which it counts: scope by scope; in each the key, the key as a prefix, each prefix. */
export interface NameQuery {
  /** No prefixes, not even the key as one: whether the key itself is taken. */
  readonly exact?: boolean;
  readonly kind: string;
  readonly scopes: readonly string[];
  readonly version: string;
  readonly key: string;
  readonly prefixes: readonly string[];
}

export interface NameMatch {
  readonly record: NameRecord;
  readonly how: 'exact' | 'key-prefix' | 'restore-key';
}

export interface PutOptions extends IoOptions {
  /** Write only where no live name stands. */
  readonly ifAbsent?: boolean;
  /** Write only where the name points at this digest. Never together with `ifAbsent`. */
  readonly expected?: Digest;
  readonly expiresAt?: number;
  readonly fields?: Readonly<Record<string, string>>;
}

/** `written: false` is an answer, not an error: somebody else stands there (or nobody, where `expected` was asked). */
export type PutResult =
  | { readonly written: true; readonly record: NameRecord }
  | { readonly written: false; readonly current: NameRecord | undefined };

/** What a store promises of its names; policy depends on it. */
export interface Guarantees {
  /** `enforced`: the platform keeps a job out of the scopes that are not its own. `none`: a convention. */
  readonly scope: 'enforced' | 'none';
  /** `atomic`: of two conditional writes one wins. `hint`: both may believe that they did. */
  readonly write: 'atomic' | 'hint';
}

export interface NameFilter {
  readonly kind: string;
  readonly scope?: string;
  readonly version?: string;
  /** Only keys that start so (case-sensitive). */
  readonly prefix?: string;
}

/** Names that point at digests. Expired names are never found, may be listed, and count as absent for `ifAbsent`. */
export interface KeyedStore {
  readonly guarantees: Guarantees;
  find(query: NameQuery, options?: IoOptions): Promise<NameMatch | undefined>;
  put(name: Name, target: Descriptor, options?: PutOptions): Promise<PutResult>;
  list(filter: NameFilter, options?: IoOptions): AsyncIterable<NameRecord>;
  /** Removes the name, only if it still points at `expected` where that is given. True where one was removed. */
  remove(name: Name, options?: IoOptions & { readonly expected?: Digest }): Promise<boolean>;
}

/** A store that evicts by use counts the uses. Never throws, never waits for a lock. */
export interface AccessLog {
  touch(record: NameRecord): Promise<void>;
  access(record: NameRecord): Promise<Access | undefined>;
}
