import { hashFields } from '../content/index.ts';

/** The kind of every name here (see `Name`). */
export const CACHE_KIND = 'cache';

/** The scope of names outside a repository's run: the command line without a ref. */
export const LOCAL_SCOPE = 'local';

/** What takes the platform's place where an entry is for all of them. */
const EVERY_PLATFORM = 'any';

/** `<os>-<arch>` in Node's words, `linux-x64`. */
export function platformOf(os: NodeJS.Platform, arch: string): string {
  return `${os}-${arch}`;
}

/** The platform as a derived key names it. */
export function keyPlatform(
  { platform, arch }: { readonly platform: NodeJS.Platform; readonly arch: string },
  crossOsArchive: boolean,
): string {
  return crossOsArchive ? EVERY_PLATFORM : platformOf(platform, arch);
}

/**
 * 64 hex that two saves share where one may stand in for the other: the same patterns, excludes too, and the same
 * platform unless the entry is for all. (actions/cache leaves the processor out of it, on purpose we do not: a compiled
 * dependency of another processor is worse than a miss.)
 * @param patterns normalised, sorted, as `PathSet.patterns` has them
 */
export function cacheVersion(patterns: readonly string[], platform: string, crossOsArchive: boolean): string {
  return hashFields([CACHE_KIND, crossOsArchive ? EVERY_PLATFORM : platform, ...patterns]);
}

/** Facts of a run that decide which names it sees. */
export interface ScopeFacts {
  /** `OWNER/REPO`. */
  readonly repository: string | undefined;
  /** `refs/…` */
  readonly ref: string | undefined;
  /** Of a pull request: `refs/heads/…` that it goes to. */
  readonly baseRef: string | undefined;
  /** `refs/heads/…` */
  readonly defaultRef: string | undefined;
}

/**
 * The scopes in which a run looks, in order: its ref, the base of its pull request, the default branch. It saves into
 * the first. Empty where the run has no ref. With `share` `all` the repository drops out, so that several share.
 */
export function cacheScopes(facts: ScopeFacts, share: 'repository' | 'all'): readonly string[] {
  const { repository, ref, baseRef, defaultRef } = facts;
  if (ref === undefined) return [];
  const owner = share === 'all' ? '' : (repository ?? '');
  const refs = [ref, baseRef, defaultRef].filter((each) => each !== undefined);
  return [...new Set(refs)].map((each) => `${owner}\0${each}`);
}
