/** Methods of `github.actions.results.api.v1.CacheService`. */
export type CacheOperation = 'CreateCacheEntry' | 'FinalizeCacheEntryUpload' | 'GetCacheEntryDownloadURL';
/** What a client does with a signed address, by the names of Azure's reference. */
export type BlobOperation = 'PutBlob' | 'PutBlock' | 'PutBlockList' | 'GetBlob' | 'GetBlobProperties';

export interface CacheServiceOptions {
  /** An existing folder for the blobs, this service's alone. It is emptied by `clear` and `stop`. */
  readonly folder: string;
  /** Milliseconds since the epoch: creation times, and the life of tokens and addresses. */
  readonly clock?: () => number;
  /**
   * Host name of the signed addresses, without a port; by default the one of the request that they answer. Clients of the
   * toolkit take parallel ranges from `*.blob.core.windows.net` alone, so a name like that brings out what they do on GitHub;
   * whoever sets it sees to it that the name leads here.
   */
  readonly blobHost?: string;
  /** Milliseconds that a signed address holds; default an hour. */
  readonly addressMs?: number;
}

/** A scope in a token, as GitHub's runtime token lists it. `write` includes reading. */
export interface TokenScope {
  readonly scope: string;
  readonly access: 'read' | 'write';
}

export interface TokenRequest {
  /** Default `1296269`. Repositories never see each other's entries. */
  readonly repositoryId?: string;
  /** In the order in which a look-up goes. */
  readonly scopes: readonly TokenScope[];
  /** Milliseconds that it holds; default six hours. */
  readonly lifeMs?: number;
}

/** One request, as it was served. */
export interface ServedRequest {
  /** Undefined where the request is none that the service knows. */
  readonly operation: CacheOperation | BlobOperation | undefined;
  readonly method: string;
  /** Without the query, which holds the signature. */
  readonly path: string;
  /** 0 where the connection was cut before an answer. */
  readonly status: number;
  /** Bytes of the bodies. */
  readonly received: number;
  readonly sent: number;
}

/** An entry that a look-up can find. */
export interface ServiceEntry {
  readonly id: string;
  readonly repositoryId: string;
  readonly scope: string;
  readonly key: string;
  readonly version: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface CacheService {
  /** `127.0.0.1:PORT`; plain http. */
  readonly host: string;
  /** A runtime token that this service takes. */
  token(request: TokenRequest): string;
  /** What a step needs in its environment to find this service, at another host (a link before it) where one is given. */
  env(token: string, host?: string): Readonly<Record<string, string>>;
  /** Entries that are whole, oldest first. */
  entries(): readonly ServiceEntry[];
  readonly log: readonly ServedRequest[];
  /** Forgets the log. */
  clearLog(): void;
  /** Forgets all entries and removes their files. */
  clear(): Promise<void>;
  /** Ends it, cuts what is open, and removes the files. */
  stop(): Promise<void>;
}
