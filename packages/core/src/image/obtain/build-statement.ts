import type { RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { encodeStatement, STATEMENT_MEDIA_TYPE, STATEMENT_TYPE } from '../../intoto/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import { type Descriptor, hexOf } from '../../oci/index.ts';
import { attach, type Registry } from '../../registry/index.ts';

/** Predicate type of the statement that a digest was built and recorded; its predicate holds the record. */
export const BUILD_PREDICATE_TYPE = 'urn:waybill:predicate:build:v1';
/** Artifact type of the manifest that holds it. */
export const BUILD_ARTIFACT_TYPE = 'application/vnd.waybill.build.v1+json';

/** Predicate type of the statement that a digest was taken for another commit in place of a build. */
export const REUSE_PREDICATE_TYPE = 'urn:waybill:predicate:reuse:v1';
export const REUSE_ARTIFACT_TYPE = 'application/vnd.waybill.reuse.v1+json';

/** What a reuse says: which record was adopted, for what, by whom. */
export interface Reuse {
  readonly record: BuildRecord;
  /** For which commit. */
  readonly commit: string;
  readonly repository?: string;
  readonly ref?: string;
  readonly runId?: string;
  readonly actor?: string;
  readonly reusedAt: string;
}

export interface StatementOptions extends IoOptions {
  readonly registry: Registry;
  /** The digest's own descriptor. */
  readonly subject: Descriptor;
  readonly clock: RetryClock;
}

/** Attaches what the record says to the digest. The same record gives the same statement. Unsigned: a claim. */
export async function attachBuild(record: BuildRecord, options: StatementOptions): Promise<void> {
  await attachStatement(BUILD_ARTIFACT_TYPE, BUILD_PREDICATE_TYPE, { record }, record, record.recordedAt, options);
}

export async function attachReuse(reuse: Reuse, options: StatementOptions): Promise<void> {
  const { record, ...rest } = reuse;
  const predicate = { identity: record.identity, recordedAt: record.recordedAt, ...rest };
  await attachStatement(REUSE_ARTIFACT_TYPE, REUSE_PREDICATE_TYPE, predicate, record, reuse.reusedAt, options);
}

async function attachStatement(
  artifactType: string,
  predicateType: string,
  predicate: unknown,
  { image, digest }: BuildRecord,
  createdAt: string,
  options: StatementOptions,
): Promise<void> {
  const bytes = encodeStatement({
    _type: STATEMENT_TYPE,
    subject: [{ name: image, digest: { sha256: hexOf(digest) } }],
    predicateType,
    predicate,
  });
  await attach({
    ...options,
    artifactType,
    layers: [{ mediaType: STATEMENT_MEDIA_TYPE, bytes }],
    annotations: { 'org.opencontainers.image.created': createdAt },
  });
}
