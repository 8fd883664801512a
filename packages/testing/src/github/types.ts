/** What a token may do to one thing. `write` includes `read`. */
export type PermissionLevel = 'read' | 'write';

/** The permissions of a job's token that this stand-in looks at, by their names in a workflow file. */
export type PermissionName =
  | 'actions'
  | 'artifact-metadata'
  | 'contents'
  | 'issues'
  | 'metadata'
  | 'packages'
  | 'pull-requests';

export type Permissions = Readonly<Partial<Record<PermissionName, PermissionLevel>>>;

/** A token and whose it is. */
export interface FakeToken {
  /** What the log calls it. */
  readonly name: string;
  /** The secret itself, at least 8 characters. */
  readonly secret: string;
  /** `metadata: read` comes with every token. */
  readonly permissions: Permissions;
}

/** What GitHub may do and often does not. */
export interface Quirks {
  /** `told`: 403 "Resource not accessible by integration"; `hidden`: 404, as for what a token may not even see. */
  readonly missingPermission: 'told' | 'hidden';
  /** Whether a release that is published is sealed, with its tag. */
  readonly immutableReleases: boolean;
  /** Refs that a ruleset keeps from being created or moved. */
  readonly refuseRef: (ref: string) => boolean;
  /** How many reads after each write still see what was there before it: refs, releases by tag, lists of releases and assets. */
  readonly staleReads: number;
  /** Assets that a release takes. */
  readonly assetsPerRelease: number;
  /** `other-host`: an asset's bytes are a 302 to another host. */
  readonly downloads: 'served' | 'other-host';
  /** Whether 201 for an asset and the lists tell the sha256 of its bytes (since June 2025). */
  readonly assetDigests: boolean;
  /** The most entries of a page, whatever is asked. */
  readonly pageSize: number;
  /** Entries of a recursive tree; past it the answer says `truncated`. */
  readonly treeEntries: number;
  /** `host`: as GitHub Enterprise Server has them, below `/api/v3`, `/api/graphql` and `/api/uploads` of one host. */
  readonly layout: 'github.com' | 'host';
}

export interface FakeGitHubOptions {
  /** Milliseconds since the epoch; the times in answers, and of the limits. */
  readonly clock?: () => number;
  /** `OWNER/REPO`; default `octo-org/app`. */
  readonly repository?: string;
  readonly visibility?: 'public' | 'private';
  /** Who may come. Without a token one may read what is public. */
  readonly tokens?: readonly FakeToken[];
  readonly quirks?: Partial<Quirks>;
  /** Requests an hour; default 5000. */
  readonly primaryLimit?: number;
  /**
   * Whether every exchange is held to GitHub's published description. What does not keep it is collected, answered with
   * 500, and makes `stop` reject, so that a test cannot overlook it. Costs a second at the first start.
   */
  readonly validate?: boolean;
}

/** One request as it came in. Tokens are only named. */
export interface SeenRequest {
  /** The API, the host for uploads, or the one that holds the bytes of assets. */
  readonly at: 'api' | 'uploads' | 'storage';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names; without `authorization`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whose token came in `authorization`: its name, `none`, or `unknown`. */
  readonly token: string;
  /** A secret stood somewhere else: in another header, in the path, in the body. */
  readonly leaked: boolean;
}

export interface LoggedRequest extends SeenRequest {
  /** 0 where the connection was cut before an answer. */
  readonly status: number;
  /** Bytes of the bodies. */
  readonly received: number;
  readonly sent: number;
}

/** What goes wrong with a request. */
export type FaultKind =
  /** Any answer; nothing was done. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Cut before anything was done. */
  | { readonly kind: 'reset' }
  /** It was done, and the connection is cut before the answer. */
  | { readonly kind: 'lost' }
  /** It was done; the head of the answer comes and half of its body, then the cut. */
  | { readonly kind: 'cut' }
  /** The same, and nothing comes after, nor ends. */
  | { readonly kind: 'stall' }
  /** Nothing was done, and no answer comes. */
  | { readonly kind: 'silence' }
  /** It was done, and the answer is 502. */
  | { readonly kind: 'bad-gateway' }
  /** An upload: 502, and an asset is left in the state `starter`. Other requests: 502. */
  | { readonly kind: 'starter' }
  /** It is done and answered after so many milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The secondary limit, with `Retry-After` in seconds, or by its message alone. */
  | { readonly kind: 'secondary-limit'; readonly retryAfter?: number }
  /** The primary limit: 403, nothing remaining, reset in so many seconds. */
  | { readonly kind: 'primary-limit'; readonly resetAfter: number };

export type Fault = FaultKind & {
  /** Which requests it meets. Default all. */
  readonly on?: (request: SeenRequest) => boolean;
  /** How often; default once. */
  readonly times?: number;
};

export interface FakeGitHub {
  /** As `GITHUB_API_URL` has it. */
  readonly apiUrl: string;
  /** As `GITHUB_GRAPHQL_URL` has it. */
  readonly graphqlUrl: string;
  /** Where assets are uploaded to. */
  readonly uploadsUrl: string;
  /** The other host, which holds the bytes of assets. */
  readonly storageOrigin: string;
  readonly repository: string;
  readonly log: readonly LoggedRequest[];
  clearLog(): void;
  /** Something goes wrong from now on. */
  fail(fault: Fault): void;
  setQuirks(quirks: Partial<Quirks>): void;
  /** Leaves so many requests of the primary limit. */
  setRemaining(requests: number): void;
  /** What is stored, to look at, to plant and to spoil. */
  readonly contents: FakeContents;
  /** What did not keep GitHub's description, one line each. Empty without `validate`. */
  readonly violations: readonly string[];
  /** Rejects with the violations, where there are any. */
  stop(): Promise<void>;
}

export interface FakeAsset {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly state: 'uploaded' | 'starter';
  readonly bytes: Uint8Array;
}

export interface FakeRelease {
  readonly id: number;
  readonly tag: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly immutable: boolean;
  readonly assets: readonly FakeAsset[];
}

export interface FakeRun {
  readonly id: number;
  readonly attempt: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
}

/** What the organization keeps of where an artifact runs. */
export interface FakeDeployment {
  readonly name: string;
  readonly digest: string;
  readonly status: string;
  readonly environment: string;
  readonly deployment: string;
  readonly version: string | undefined;
  readonly repository: string | undefined;
}

/** Everything here is done without a request, and seen at once. */
export interface FakeContents {
  /** A commit with these files, on the parents; the tree holds these files alone. Its id is git's. */
  commit(commit: {
    readonly files: Readonly<Record<string, string | Uint8Array>>;
    readonly parents?: readonly string[];
    readonly message?: string;
  }): string;
  /** Points a ref anywhere, or deletes it. */
  setRef(ref: string, commit: string | undefined): void;
  ref(ref: string): string | undefined;
  refs(): readonly string[];
  releases(): readonly FakeRelease[];
  /** Plants a published release, which is no prerelease. */
  plantRelease(tag: string): void;
  /** Plants assets by the name, in a published release of this tag, which is made where it is not there. */
  plantAssets(
    tag: string,
    assets: readonly { readonly name: string; readonly bytes: Uint8Array; readonly label?: string }[],
  ): void;
  /** Other bytes in place of an asset's, digest and size untouched. */
  spoilAsset(id: number, bytes: Uint8Array): void;
  /** Plants a version of a container package of the repository's owner. */
  plantVersion(packageName: string, digest: string, tags: readonly string[]): void;
  plantRun(run: FakeRun): void;
  comments(issue: number): readonly string[];
  deployments(): readonly FakeDeployment[];
}
