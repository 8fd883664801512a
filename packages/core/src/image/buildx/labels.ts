/** What the labels of an image are derived from; undefined is not known, and makes no label. */
export interface LabelFacts {
  /** `host/repository`. */
  readonly image: string;
  readonly serverUrl: string | undefined;
  /** `OWNER/REPO`. */
  readonly repository: string | undefined;
  readonly commit: string | undefined;
  /** `refs/…`. */
  readonly ref: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The labels of an image, `NAME=VALUE`: the predefined ones that follow from the run (OCI image-spec 1.1, annotations.md),
 * and those that are given, which win (S1-11).
 */
export function imageLabels(given: readonly string[], facts: LabelFacts): readonly string[] {
  const { image, serverUrl, repository, commit, ref, now } = facts;
  const source = serverUrl === undefined || repository === undefined ? undefined : `${serverUrl}/${repository}`;
  const derived: readonly (readonly [string, string | undefined])[] = [
    ['created', new Date(now).toISOString()],
    ['revision', commit],
    ['source', source],
    ['title', repository?.split('/').at(-1) ?? image.split('/').at(-1)],
    ['url', source],
    ['version', ref?.startsWith('refs/tags/') === true ? ref.slice('refs/tags/'.length) : undefined],
  ];
  const names = new Set(given.map((label) => label.split('=')[0]));
  const missing = derived
    .map(([name, value]) => [`org.opencontainers.image.${name}`, value] as const)
    .filter(([name, value]) => value !== undefined && value !== '' && !names.has(name));
  return [...missing.map(([name, value]) => `${name}=${value}`), ...given];
}
