import { fetchAll, type IoOptions } from '../../content/index.ts';
import { errorCode } from '../../errors/index.ts';
import { type StatementLog, statementName } from '../../intoto/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import { parseManifest } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import { type Finding, filedFinding } from '../../verify/index.ts';
import { BUILD_ARTIFACT_TYPE, encodeBuildStatement } from '../obtain/build-statement.ts';
import { buildFiledAs } from '../obtain/file-build.ts';
import { type FiledRecord, judgeBuild, listFiledBuilds, type WantedBuilds } from './list-filed-builds.ts';

const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;

/**
 * Compares what the ledger has of an image with what is filed of it: each record with the asset of its name, and each asset
 * with the record that it must be of. The log is listed, and every statement of a build in it is read.
 * @param records all that the ledger has of the image, or of the digests that are asked for
 */
export async function compareFiled(
  records: readonly BuildRecord[],
  of: Pick<WantedBuilds, 'image' | 'digest' | 'digests'>,
  log: StatementLog,
  io: IoOptions = {},
): Promise<readonly Finding[]> {
  const { taken, findings } = await listFiledBuilds(of, log, io);
  const named = new Map(taken.map((filed) => [filed.statement.place.name, filed]));
  const spoilt = new Set(findings.map(({ subject }) => subject));
  const own = new Set(records.map(nameOf));
  const missing = records.flatMap((record): Finding[] => {
    const name = nameOf(record);
    const filed = named.get(name);
    if (spoilt.has(name)) return [];
    if (filed === undefined) return [filedFinding('asset-missing', { subject: name, message: missingOf(record) })];
    const isSame = Buffer.from(filed.bytes).equals(encodeBuildStatement(record));
    const message = 'the asset starts with the same digits, and holds other bytes';
    return isSame ? [] : [filedFinding('asset-replaced', { subject: name, message })];
  });
  const foreign = taken.filter(({ statement }) => !own.has(statement.place.name));
  return [...findings, ...missing, ...foreign.map((filed) => judgeForeign(filed, records))];
}

/** Of a filed record that the ledger does not have just so. */
function judgeForeign({ record, statement }: FiledRecord, records: readonly BuildRecord[]): Finding {
  const subject = statement.place.name;
  const known = records.find(({ identity }) => identity === record.identity);
  if (known === undefined)
    return filedFinding('asset-unrecorded', { subject, message: 'the ledger has no record of this build' });
  const message = 'the ledger has another record of this build';
  const disagrees = filedFinding('asset-disagrees', { subject, message, expected: nameOf(known), found: subject });
  return judgeBuild(record, { commit: known.commit, ref: known.ref }, subject) ?? disagrees;
}

/**
 * Compares a record with what is attached to its digest in the registry: one of the statements of builds there must be the
 * record's, and none may be of its identity and say something else.
 */
export async function compareAttached(
  record: BuildRecord,
  registry: Registry,
  io: IoOptions = {},
): Promise<readonly Finding[]> {
  const expected = encodeBuildStatement(record);
  const own = `"identity":${JSON.stringify(record.identity)}`;
  const subject = `${record.image}@${record.digest}`;
  const findings: Finding[] = [];
  let confirmed = false;
  for (const referrer of await registry.referrers(record.digest, { ...io, artifactType: BUILD_ARTIFACT_TYPE })) {
    const bytes = await readAttached(registry, referrer.digest, io);
    if (bytes === undefined) continue;
    if (Buffer.from(bytes).equals(expected)) confirmed = true;
    else if (Buffer.from(bytes).includes(own)) {
      const message = 'a statement that is attached says something else of this build than the ledger';
      findings.push(filedFinding('statement-mismatch', { subject, message, found: referrer.digest }));
    }
  }
  if (confirmed) return findings;
  return [
    ...findings,
    filedFinding('statement-missing', { subject, message: 'no statement of the build is attached' }),
  ];
}

/** The first layer; undefined where it cannot be read as it should: it confirms nothing. */
async function readAttached(
  registry: Registry,
  digest: BuildRecord['digest'],
  io: IoOptions,
): Promise<Uint8Array | undefined> {
  const manifest = await registry.manifests.get({ digest }, io);
  try {
    const [layer] = manifest === undefined ? [] : parseManifest(manifest.raw).value.layers;
    return layer && (await fetchAll(registry.blobs, layer, { ...io, maxBytes: MAX_STATEMENT_BYTES }));
  } catch (error) {
    const known = ['MANIFEST_INVALID', 'BLOB_UNKNOWN', 'BLOB_TOO_LARGE', 'SIZE_MISMATCH', 'DIGEST_MISMATCH'];
    if (!known.includes(errorCode(error) ?? '')) throw error;
    return undefined;
  }
}

function nameOf(record: BuildRecord): string {
  return statementName(buildFiledAs(record).name);
}

function missingOf({ digest, recordedAt }: BuildRecord): string {
  return `the build of ${digest} was recorded (${recordedAt}), and its statement is not filed`;
}
