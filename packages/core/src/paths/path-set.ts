/** Where patterns are read: what `~`, relative paths and names are taken against. All absolute. */
export interface PathContext {
  /** Relative patterns start here: the job's `GITHUB_WORKSPACE`, or the working directory in the CLI. */
  readonly workspace: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/**
 * A place on this machine below which entries are taken. Roots come from the patterns alone, never from what lies on
 * disk, so that saving and restoring agree; no root lies inside another.
 */
export interface Root {
  /** Portable spelling: relative to the workspace (`node_modules`, `.` for itself), else `~/…`, else absolute. `/` as separator. */
  readonly name: string;
  /** The same place, absolute, on this machine. Not resolved through symlinks. */
  readonly dir: string;
}

/**
 * Bytes of a path as a string with one character a byte (latin1): it keeps names that are not UTF-8, and comparing two
 * of them compares their bytes. `/` separates; no leading or trailing `/`; the root itself is the empty string.
 */
export type BytePath = string;

/** What a step's `path` input means, parsed once. */
export interface PathSet {
  /** Every pattern, excludes with their `!`, normalised as root names are, sorted, without duplicates. What the version is made of. */
  readonly patterns: readonly string[];
  /** Sorted by name. */
  readonly roots: readonly Root[];
  /**
   * Whether an entry is taken. An entry is taken where the last pattern that matches it or one of the folders above it
   * (an exclude of a folder above the root counts) is not an exclude. The root itself is taken only where a pattern matches it.
   */
  includes(root: number, path: BytePath): boolean;
  /** Whether anything below this folder can be taken; false lets a walk skip it whole. */
  mayInclude(root: number, folder: BytePath): boolean;
}
