import type { CommitId } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';

/** What a build was made of and by what. A field that is not known is absent, never empty. Times are ISO-8601 in UTC. */
export interface BuildFacts {
  /** `OWNER/REPO` of the sources. */
  readonly repository?: string;
  /** What was built: 40 or 64 lower-case hex. */
  readonly commit?: CommitId;
  readonly commitMessage?: string;
  readonly branch?: string;
  /** The ref of the run: `refs/heads/main`, `refs/pull/5/merge`. */
  readonly ref?: string;
  /** Of a pull request: the commit that people pushed; `commit` is the one that was checked out. */
  readonly headCommit?: CommitId;
  /** `OWNER/REPO/.github/workflows/x.yml@REF`. */
  readonly workflow?: string;
  readonly runId?: string;
  /** From 1. */
  readonly runAttempt?: number;
  /** Tool to version. */
  readonly toolchain?: Readonly<Record<string, string>>;
  readonly buildTime?: string;
  /** Seconds. */
  readonly buildDuration?: number;
  readonly baseImages?: readonly BaseImage[];
  readonly dependencies?: readonly Digest[];
  /** `linux/amd64`, `linux/arm64/v8`. */
  readonly platforms?: readonly string[];
  /** The stage of the Dockerfile. */
  readonly target?: string;
}

export interface BaseImage {
  readonly name: string;
  readonly digest?: Digest;
}

/** The record of a build, `record.json` of the commit that `refs/waybill/build/<image>/<identity>` points at. */
export interface BuildRecord extends BuildFacts {
  readonly schemaVersion: 1;
  readonly kind: 'build';
  /** `host/repository`, without tag and digest. */
  readonly image: string;
  /** What the build is known by within its image: alike for alike inputs. 1 to 512 characters. */
  readonly identity: string;
  readonly digest: Digest;
  readonly mediaType?: string;
  /** The account that started the run: a claim. */
  readonly actor?: string;
  readonly recordedAt: string;
}

/** A place of an image: where a promotion comes from, where it goes. */
export interface RecordedPlace {
  /** `host/repository[:tag][@digest]`. */
  readonly reference: string;
  /** The channel of that place, where it is one. */
  readonly channel?: string;
}

/** What stood between the digest and the channel. */
export interface RecordedGate {
  /** The GitHub Environment of the job; absent as long as no environment variable tells a job which one it is. */
  readonly environment?: string;
  /** What the policy wanted of the digest: `integrity`, `signed`, `provenance`. */
  readonly required?: string;
  /** Milliseconds that the digest had to stand in the channel before. */
  readonly soak?: number;
}

/** What was found attached to the digest. */
export interface RecordedEvidence {
  readonly artifactType: string;
  readonly digest: Digest;
}

/** Which policy judged. */
export interface RecordedConfig {
  /** Where it was read; absent for a file of the machine. */
  readonly commit?: CommitId;
  /** Of the file's bytes. */
  readonly digest: Digest;
}

/** One promotion or rollback: `record.json` of a commit of `refs/waybill/channel/<image>/<channel>`. */
export interface ChannelRecord extends BuildFacts {
  readonly schemaVersion: 1;
  readonly kind: 'promotion' | 'rollback';
  /** From 1, without gaps. */
  readonly sequence: number;
  /** sha256 of the `record.json` before; absent in the first. */
  readonly previous?: Digest;
  /** `host/repository` of the channel. */
  readonly image: string;
  readonly channel: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly from?: RecordedPlace;
  readonly to: RecordedPlace;
  /** The tag that is moved to the digest. */
  readonly tag: string;
  /** The account that started the run: a claim. */
  readonly actor?: string;
  readonly gate?: RecordedGate;
  readonly evidence?: readonly RecordedEvidence[];
  readonly promotedAt: string;
  readonly config?: RecordedConfig;
}

/** A record as `append` takes it: what the chain itself decides is left out. */
export type ChannelDraft = Omit<ChannelRecord, 'schemaVersion' | 'sequence' | 'previous' | 'image' | 'channel'>;
