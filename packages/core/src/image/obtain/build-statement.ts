import type { RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { encodeStatement, STATEMENT_MEDIA_TYPE, STATEMENT_TYPE } from '../../intoto/index.ts';
import { type BuildRecord, encodeBuildRecord, parseBuildRecord } from '../../ledger/index.ts';
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

/**
 * The bytes of the statement of a build: the same for the same record, whoever makes them and wherever the record was read. So
 * the name under which it is filed follows from the record. Unsigned: a claim.
 */
export function encodeBuildStatement(record: BuildRecord): Uint8Array {
  const as = parseBuildRecord(encodeBuildRecord(record), 'the record');
  return encode(BUILD_PREDICATE_TYPE, { record: as }, record);
}

export function encodeReuseStatement({ record, ...rest }: Reuse): Uint8Array {
  const predicate = { identity: record.identity, recordedAt: record.recordedAt, ...rest };
  return encode(REUSE_PREDICATE_TYPE, predicate, record);
}

/** Attaches what the record says to the digest. */
export async function attachBuild(record: BuildRecord, options: StatementOptions): Promise<void> {
  await attachStatement(BUILD_ARTIFACT_TYPE, encodeBuildStatement(record), record.recordedAt, options);
}

export async function attachReuse(reuse: Reuse, options: StatementOptions): Promise<void> {
  await attachStatement(REUSE_ARTIFACT_TYPE, encodeReuseStatement(reuse), reuse.reusedAt, options);
}

function encode(predicateType: string, predicate: unknown, { image, digest }: BuildRecord): Uint8Array {
  return encodeStatement({
    _type: STATEMENT_TYPE,
    subject: [{ name: image, digest: { sha256: hexOf(digest) } }],
    predicateType,
    predicate,
  });
}

async function attachStatement(
  artifactType: string,
  bytes: Uint8Array,
  createdAt: string,
  options: StatementOptions,
): Promise<void> {
  await attach({
    ...options,
    artifactType,
    layers: [{ mediaType: STATEMENT_MEDIA_TYPE, bytes }],
    annotations: { 'org.opencontainers.image.created': createdAt },
  });
}
