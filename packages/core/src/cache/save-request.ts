import type { Descriptor, Digest } from '../oci/index.ts';
import type { PathSet } from '../paths/index.ts';
import type { RunContext } from '../runner/index.ts';

/** The part of a run's facts that a save records or judges. */
export type SaveFacts = Pick<
  RunContext,
  | 'repository'
  | 'ref'
  | 'branch'
  | 'sha'
  | 'commitMessage'
  | 'runId'
  | 'actor'
  | 'eventName'
  | 'triggeringRepository'
  | 'cacheMode'
>;

export interface SaveRequest {
  readonly paths: PathSet;
  /** 1 to 512 characters, no comma. */
  readonly key: string;
  /** Prefixes that find a snapshot to build on, where `parent` names none. */
  readonly restoreKeys: readonly string[];
  readonly crossOsArchive: boolean;
  /** The first is saved into, all are looked in for a parent. Empty where the run has no ref. */
  readonly scopes: readonly string[];
  /** `<os>-<arch>`. */
  readonly platform: string;
  readonly facts: SaveFacts;
  /** The manifest of the snapshot that this job restored. */
  readonly parent: Descriptor | undefined;
  /** Write also where an entry has this key. */
  readonly overwrite: boolean;
  readonly retentionDays: number;
  readonly compressionLevel: number | 'auto';
  readonly allowSecrets: boolean;
  /** Tokens of this step: no saved file may hold one. */
  readonly tokens: readonly string[];
  /** When this job's restore began, in milliseconds since the epoch. */
  readonly startedAt: number | undefined;
  /** Where they are known (S2-8, S2-24). */
  readonly toolchain?: Readonly<Record<string, string>>;
  readonly lockfileHash?: Digest;
}
