import { type Digest, hexOf } from '../oci/index.ts';
import { STATEMENT_TYPE, type Statement, type Subject } from './statement.ts';

/** The predicate type of a statement about a saved snapshot. */
export const SNAPSHOT_PREDICATE_TYPE = 'urn:waybill:predicate:snapshot:v1';

/**
 * Who saved a snapshot, under which name, out of what (S2-24). A field that is not known is absent, never empty.
 * Times are ISO-8601 in UTC.
 */
export interface SnapshotPredicate {
  /** The snapshot's digest: the same for the same files on any machine. */
  readonly contentHash: Digest;
  /** `OWNER/REPO`. */
  readonly repository?: string;
  /** 40 hex. */
  readonly commitSha?: string;
  readonly commitMessage?: string;
  readonly branch?: string;
  readonly workflowRunId?: string;
  /** Tool to version. */
  readonly toolchain?: Readonly<Record<string, string>>;
  readonly buildTime?: string;
  /** Seconds between the restore of this job and the save. */
  readonly buildDuration?: number;
  readonly dependencies?: readonly Digest[];
  readonly key: string;
  readonly scope: string;
  /** 64 hex. */
  readonly version: string;
  /** `<os>-<arch>`. */
  readonly platform: string;
  /** The places below which entries were taken, as they are spelled on every machine. */
  readonly roots: readonly string[];
  readonly savedAt: string;
  /** The manifest of the snapshot that this one was built on. */
  readonly parent?: Digest;
}

/** The statement that `predicate` holds of a snapshot, whose subjects are its two roots (docs/architecture.md). */
export function snapshotStatement(
  roots: { readonly tree: Digest; readonly layout: Digest },
  predicate: SnapshotPredicate,
): Statement<SnapshotPredicate> {
  return {
    _type: STATEMENT_TYPE,
    subject: [subject('tree', roots.tree), subject('layout', roots.layout)],
    predicateType: SNAPSHOT_PREDICATE_TYPE,
    predicate: withoutEmpty(predicate),
  };
}

function subject(name: string, digest: Digest): Subject {
  return { name, digest: { sha256: hexOf(digest) } };
}

/** Facts come from an environment where unknown is often the empty string, and an empty claim is a false one. */
function withoutEmpty(predicate: SnapshotPredicate): SnapshotPredicate {
  const {
    repository,
    commitSha,
    commitMessage,
    branch,
    workflowRunId,
    toolchain,
    buildTime,
    buildDuration,
    dependencies,
    parent,
    ...rest
  } = predicate;
  return {
    ...rest,
    ...(repository ? { repository } : {}),
    ...(commitSha ? { commitSha } : {}),
    ...(commitMessage ? { commitMessage } : {}),
    ...(branch ? { branch } : {}),
    ...(workflowRunId ? { workflowRunId } : {}),
    ...(toolchain && Object.keys(toolchain).length > 0 ? { toolchain } : {}),
    ...(buildTime ? { buildTime } : {}),
    ...(buildDuration === undefined ? {} : { buildDuration }),
    ...(dependencies && dependencies.length > 0 ? { dependencies } : {}),
    ...(parent ? { parent } : {}),
  };
}
