import type { RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import type { StatementRecords } from '../../intoto/index.ts';
import type { Digest, Reference } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { BuildOptions } from '../buildx/build-options.ts';
import type { BuildOrder } from '../buildx/buildx-arguments.ts';
import type { Built } from '../buildx/run-build.ts';
import type { ClaimTimes } from '../claims/await-turn.ts';
import type { Holder } from '../claims/claim.ts';
import type { Identity } from '../identity/build-source.ts';
import type { RecordPlace } from '../records/records.ts';

/** A repository of a registry. */
export interface ImagePlace {
  /** `host[:port]`. */
  readonly host: string;
  readonly repository: string;
}

/**
 * What is done where nobody has built the image yet. `build`: it is built here. `claim`: this run claims it, and another
 * step builds and records it. `record`: the digest was built by other means, and is recorded. `merge`: images of single
 * platforms become one index.
 */
export type ImageMode =
  | { readonly kind: 'build' }
  | { readonly kind: 'claim' }
  | { readonly kind: 'record'; readonly digest: Digest }
  | { readonly kind: 'merge'; readonly digests: readonly Digest[] };

export interface ImageRequest {
  readonly place: ImagePlace;
  readonly mode: ImageMode;
  readonly identity: Identity;
  /** Of a pull request: the identity that the same build has outside of one, whose record is adopted too. */
  readonly sharedIdentity: string | undefined;
  /** Whether what any pull request built is taken, as the configuration has it: asked where such a record is found. */
  readonly takesPullRequests: (io: IoOptions) => Promise<boolean>;
  readonly options: BuildOptions;
  /** `NAME=VALUE`, all of them. */
  readonly labels: readonly string[];
  readonly builderId: string | undefined;
  /** Each with a tag; set on what was built and on what was adopted. */
  readonly tags: readonly Reference[];
  /** False: nothing leaves the machine. */
  readonly push: boolean;
  /** Whether statements are attached to the digest, and filed where there is a log for them. */
  readonly attach: boolean;
  readonly times: ClaimTimes;
}

/** What is known of the run; undefined is not known. The record repeats it. */
export interface ImageFacts {
  readonly repository: string | undefined;
  readonly ref: string | undefined;
  readonly branch: string | undefined;
  /** Of a pull request. */
  readonly headCommit: string | undefined;
  /** Of `sha`. */
  readonly commitMessage: string | undefined;
  /** The commit that the run is of. */
  readonly sha: string | undefined;
  readonly workflow: string | undefined;
  readonly runId: string | undefined;
  readonly runAttempt: string | undefined;
  readonly job: string | undefined;
  readonly actor: string | undefined;
  /** `https://github.com`. */
  readonly serverUrl: string | undefined;
}

export interface ImageLog {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
}

/** The real things. */
export interface ImageDeps extends IoOptions {
  /** The repository of a place; the same object for the same place. */
  readonly openRegistry: (place: ImagePlace, access: 'pull' | 'push') => Registry;
  /** Where records are; the first that may be written to is. At least one. */
  readonly records: readonly RecordPlace[];
  /** Where statements are filed besides; undefined: nowhere. */
  readonly statements?: StatementRecords | undefined;
  /** Builds; rejects with the signal's reason when that aborts. */
  readonly build: (order: BuildOrder, signal: AbortSignal | undefined) => Promise<Built>;
  readonly facts: ImageFacts;
  /** `now` in milliseconds since the epoch. */
  readonly clock: RetryClock;
  /** A new nonce, as {@link Holder} wants it. */
  readonly nonce: () => string;
  /** Whether the platform says that a run has ended; undefined where it cannot be asked. */
  readonly hasEnded?: (holder: Holder, options: IoOptions) => Promise<boolean | undefined>;
  readonly log: ImageLog;
}

/** `host/repository`. */
export function imageName({ host, repository }: ImagePlace): string {
  return `${host}/${repository}`;
}
