/** What the registry does that a conforming one need not do, or must not. */
export interface Quirks {
  /** `none`: 404 for every question; `empty`: 200 and nothing in it, whatever is there. Neither sends `OCI-Subject`. */
  readonly referrers: 'api' | 'none' | 'empty';
  /** `upload`: a mount is always answered 202, with a session. */
  readonly mounts: 'mount' | 'upload';
  /** A PATCH of more bytes is answered 416, as GHCR does past 4 MiB. */
  readonly maxPatchBytes: number;
  /** `ignored`: the whole blob with 200; `shifted`: 206 with another part than was asked for. */
  readonly ranges: 'honoured' | 'ignored' | 'shifted';
  /** `refused`: 405 for every DELETE. */
  readonly deletes: 'allowed' | 'refused';
  /** The most tags and referrers a page holds. */
  readonly pageSize: number;
  readonly tagOrder: 'lexical' | 'reversed';
  /** `Docker-Content-Digest`. */
  readonly digestHeader: 'right' | 'wrong' | 'none';
  /** `other-host`: GET of a blob is a 307 to another host. */
  readonly blobs: 'served' | 'other-host';
  /** Where an upload's session is: `other-host` is another port, which wants no token. */
  readonly uploads: 'relative' | 'absolute' | 'other-host';
  /** `missing-allowed`: manifests and indexes are taken though what they name is not there. */
  readonly references: 'checked' | 'missing-allowed';
  /** `named`: a blob that no manifest of its repository names is there for the next manifest, and 404 for everybody else. */
  readonly servedBlobs: 'all' | 'named';
  /** The scope in the challenge of `/v2/`, whoever asks for whatever. Empty: it names none. */
  readonly pingScope: string;
  /** Each n-th request is answered 429, with a Go duration in its body. Infinity: none is. */
  readonly limitedEvery: number;
  /** Milliseconds for which the address on the other host that a blob's redirect names is good; then it is 403. */
  readonly addressLifeMs: number;
}

/** A registry that there is, as it was seen to behave; see `profiles.ts`. */
export type ProfileName = 'ghcr' | 'ghcr-with-empty-referrers';

/** What somebody may do: actions by repository, `*` for all repositories. */
export type Grants = Readonly<Record<string, readonly ('pull' | 'push' | 'delete')[]>>;

export interface FakeUser {
  readonly password: string;
  readonly grants: Grants;
}

export interface FakeAuth {
  readonly kind: 'basic' | 'token';
  readonly users: Readonly<Record<string, FakeUser>>;
  /** Without credentials. Default nothing. */
  readonly anonymous?: Grants;
  /** Seconds that a token lives; default 300. */
  readonly tokenSeconds?: number;
  /** Whether the answer of the token server says how long. Default true. */
  readonly saysExpiry?: boolean;
  /** What the challenge names in place of the registry's own token server. */
  readonly realm?: string;
  /** Refresh tokens by user. */
  readonly identityTokens?: Readonly<Record<string, string>>;
}

export interface FakeRegistryOptions {
  /** Milliseconds since the epoch: the `Date` header and the life of tokens. */
  readonly clock?: () => number;
  readonly auth?: FakeAuth;
  /** What it is like; `quirks` and `auth` change single traits of it. Default: as the specification has it. */
  readonly profile?: ProfileName;
  readonly quirks?: Partial<Quirks>;
}

/** One request, as it came in. */
export interface SeenRequest {
  /** `registry`, or the other host that blobs and uploads may be sent to. */
  readonly at: 'registry' | 'other';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly authorization: 'none' | 'basic' | 'bearer';
}

/** A request with its outcome. */
export interface LoggedRequest extends SeenRequest {
  /** 0 where the connection was cut before an answer. */
  readonly status: number;
  /** Bytes of the bodies. */
  readonly received: number;
  readonly sent: number;
}

/** What goes wrong. */
export type FaultKind =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** A 401 with the registry's own challenge, whatever the token. */
  | { readonly kind: 'unauthorized' }
  /** The connection is cut before an answer. */
  | { readonly kind: 'reset' }
  /** The head comes, half of the body, then the connection is cut. */
  | { readonly kind: 'cut' }
  /** The head comes, half of the body, then nothing any more. */
  | { readonly kind: 'stall' }
  /** No answer at all. */
  | { readonly kind: 'silence' }
  /** One byte in the middle of the body is another. */
  | { readonly kind: 'flip' };

export type Fault = FaultKind & {
  /** Which requests it meets. Default all. */
  readonly on?: (request: SeenRequest) => boolean;
  /** How often; default once. */
  readonly times?: number;
};

export interface FakeRegistry {
  /** `127.0.0.1:PORT`; plain http. */
  readonly host: string;
  /** The other host's origin. */
  readonly otherOrigin: string;
  readonly log: readonly LoggedRequest[];
  /** Forgets the log. */
  clearLog(): void;
  /** Something goes wrong from now on; what is no fault's business is answered as it should be. */
  fail(fault: Fault): void;
  /** Changes what it is like. */
  setQuirks(quirks: Partial<Quirks>): void;
  /** Makes all tokens that were handed out invalid. */
  revokeTokens(): void;
  readonly contents: FakeContents;
  stop(): Promise<void>;
}

/** What is stored, to look at and to spoil. */
export interface FakeContents {
  tags(repository: string): readonly string[];
  blob(repository: string, digest: string): Uint8Array | undefined;
  manifest(repository: string, reference: string): Uint8Array | undefined;
  /** Sets a tag, without a request. */
  tag(repository: string, tag: string, digest: string): void;
  /** Replaces what is stored under this digest, without a check. */
  spoil(repository: string, digest: string, bytes: Uint8Array): void;
  /** Forgets everything that is stored. */
  clear(): void;
}
