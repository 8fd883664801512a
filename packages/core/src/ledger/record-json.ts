import { type ErrorKind, errorMessage, WaybillError } from '../errors/index.ts';
import { createSchemaCheck, type JsonSchema, type SchemaCheck, type SchemaProblem } from '../schema/index.ts';
import { canonical, encodeCanonical } from './canonical-json.ts';
import type { BuildRecord, ChannelRecord } from './records.ts';
import { BUILD_RECORD_SCHEMA } from './schemas/build-record.ts';
import { PROMOTION_RECORD_SCHEMA } from './schemas/promotion-record.ts';

/** 1 MiB: some thousand times what a record has. */
const MAX_RECORD_BYTES = 1024 * 1024;
const SHOWN = 5;

const checkPromotion = createSchemaCheck(PROMOTION_RECORD_SCHEMA);
const checkBuild = createSchemaCheck(BUILD_RECORD_SCHEMA);

/**
 * The bytes of `record.json`: what is empty left out, fields in the order of the schema. The same record always has the same
 * bytes, and their sha256 is what the next record names.
 * @throws WaybillError `RECORD_INVALID` (user) for a record that is not by the schema or has more than 1 MiB
 */
export function encodeChannelRecord(record: ChannelRecord): Uint8Array {
  return encode(record, PROMOTION_RECORD_SCHEMA, checkPromotion, `the record of ${record.channel}`);
}

/** The record in these bytes; fields that the schema does not know are dropped. @throws WaybillError `RECORD_INVALID` (integrity) */
export function parseChannelRecord(bytes: Uint8Array, where: string): ChannelRecord {
  return parse(bytes, PROMOTION_RECORD_SCHEMA, checkPromotion, where) as ChannelRecord;
}

/** As {@link encodeChannelRecord}. */
export function encodeBuildRecord(record: BuildRecord): Uint8Array {
  return encode(record, BUILD_RECORD_SCHEMA, checkBuild, `the record of build ${record.identity}`);
}

/** As {@link parseChannelRecord}. */
export function parseBuildRecord(bytes: Uint8Array, where: string): BuildRecord {
  return parse(bytes, BUILD_RECORD_SCHEMA, checkBuild, where) as BuildRecord;
}

function encode(record: unknown, schema: JsonSchema, check: SchemaCheck, where: string): Uint8Array {
  const problems = check(canonical(schema, record));
  if (problems.length > 0) throw invalid(where, problemText(problems), 'user');
  const bytes = encodeCanonical(schema, record);
  if (bytes.byteLength > MAX_RECORD_BYTES) {
    throw invalid(where, `it has ${bytes.byteLength} bytes, at most ${MAX_RECORD_BYTES}`, 'user');
  }
  return bytes;
}

function parse(bytes: Uint8Array, schema: JsonSchema, check: SchemaCheck, where: string): unknown {
  if (bytes.byteLength > MAX_RECORD_BYTES) {
    throw invalid(where, `it has ${bytes.byteLength} bytes, at most ${MAX_RECORD_BYTES}`, 'integrity');
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid(where, `it is not JSON: ${errorMessage(error)}`, 'integrity', error);
  }
  const version = versionOf(json);
  if (typeof version === 'number' && version > 1) {
    throw new WaybillError('RECORD_NEWER', `${where} has schemaVersion ${version}, this version reads 1`, {
      kind: 'user',
      hint: 'It was written by a newer version of Waybill: use that version or a later one.',
    });
  }
  const problems = check(json);
  if (problems.length > 0) throw invalid(where, problemText(problems), 'integrity');
  return canonical(schema, json);
}

function versionOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'schemaVersion' in json ? json.schemaVersion : undefined;
}

function problemText(problems: readonly SchemaProblem[]): string {
  const shown = problems.slice(0, SHOWN).map((problem) => {
    const place = [...problem.path, ...('field' in problem ? [problem.field] : [])].join('.') || 'it';
    return problem.kind === 'missing-field'
      ? `${place} is missing`
      : problem.kind === 'unknown-field'
        ? `${place} is not known`
        : `${place} is not ${problem.expected}`;
  });
  return `${shown.join('; ')}${problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : ''}`;
}

function invalid(where: string, why: string, kind: ErrorKind, cause?: unknown): WaybillError {
  return new WaybillError('RECORD_INVALID', `${where}: ${why}`, {
    kind,
    cause,
    ...(kind === 'integrity'
      ? { hint: 'Somebody changed the ledger by other means than Waybill: compare it with a copy.' }
      : {}),
  });
}
