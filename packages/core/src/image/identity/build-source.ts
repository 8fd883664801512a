/** What the caller says of a build, as far as it tells one build of an image from another. */
export interface BuildSource {
  /** `host/repository`. */
  readonly image: string;
  /** What paths of build contexts are relative to; absolute. */
  readonly workspace: string;
  /** A folder, absolute. */
  readonly context: string;
  /** The Dockerfile, absolute; undefined: `Dockerfile` of the context. */
  readonly file: string | undefined;
  /** Empty: the last stage. */
  readonly target: string;
  /** `os/arch[/variant]`; none: that of the machine. */
  readonly platforms: readonly string[];
  /** What the machine builds where no platform is named. */
  readonly nativePlatform: string;
  /** Value undefined: named, and not set. */
  readonly buildArgs: ReadonlyMap<string, string | undefined>;
  /** Name to a path, or to what else docker takes there. */
  readonly buildContexts: ReadonlyMap<string, string>;
  /** What the source is known by. */
  readonly by: IdentityKind;
  /** Of `inputs`: what the listed inputs are, each spelled so that equal means equal. */
  readonly inputs: readonly string[];
  /**
   * Whose builds may be shared: empty, or the ref of a pull request, whose builds nobody else adopts.
   */
  readonly scope: string;
}

/** `commit`: what is checked out. `tree`: the tree of the context. `inputs`: what the caller lists. */
export type IdentityKind = 'commit' | 'tree' | 'inputs';

/** What a source is known by, and what went into that. */
export interface Identity {
  /** 64 hex. */
  readonly text: string;
  readonly kind: IdentityKind;
  /** What is checked out; undefined outside of a repository. */
  readonly commit: string | undefined;
  /** Files that git ignores and docker does not. */
  readonly ignored: IgnoredFiles;
  /** For people: name and value, in the order in which they are hashed. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface IgnoredFiles {
  readonly files: number;
  readonly bytes: number;
  /** A few of their paths. */
  readonly sample: readonly string[];
}
