/**
 * One thing that a key depends on. All fields together, in order, are what the key's hash is made of, so two keys differ
 * exactly where one of their fields does.
 */
export interface KeyField {
  readonly kind: 'kind' | 'repository' | 'platform' | 'tool' | 'lock' | 'file' | 'env';
  /** Of the tool, the file (relative to the workspace, else `~/…`, else absolute, `/` between) or the variable; else empty. */
  readonly name: string;
  /**
   * Of `lock` and `file` `sha256:<64 hex>` of the content; of `tool` the part of its version that counts; of `env` `unset`,
   * or `sha256:<64 hex>` over name and value; else the text itself.
   */
  readonly value: string;
  /** For people: where it came from. Not hashed. */
  readonly source: string;
}

export interface DerivedKey {
  /** `<kind>:<owner/repo>:<os-arch>:<tools>:<lockfiles>:<64 hex>`: ASCII, at most 512 characters, no comma, no blank. */
  readonly key: string;
  /** Prefixes of the key, each ending in `:`, the longest first: one to three. */
  readonly restoreKeys: readonly string[];
  /** In the order in which they are hashed. */
  readonly fields: readonly KeyField[];
}
