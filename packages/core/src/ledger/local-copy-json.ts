import { isCommitId } from '../content/index.ts';
import { errorMessage, WaybillError } from '../errors/index.ts';
import { isDigest } from '../oci/index.ts';
import type { ChannelEntry } from './ledger.ts';
import { encodeBuildRecord, encodeChannelRecord, parseBuildRecord, parseChannelRecord } from './record-json.ts';
import type { BuildRecord } from './records.ts';

/** A record, and the ledger that it stood in, as people write it: records of two ledgers are never compared. */
export type Seen<T> = T & { readonly ledger: string };

/** The records of a local copy: builds by ledger, image and identity; entries by ledger, image, channel and number. */
export interface LocalRecords {
  readonly builds: readonly Seen<{ readonly record: BuildRecord }>[];
  readonly entries: readonly Seen<ChannelEntry>[];
}

const VERSION = 1;
/** 64 MiB: some fifty thousand records. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Both together, each record once, sorted. Of two that differ under one name both stay: one of them is evidence. */
export function mergeRecords(known: LocalRecords, more: LocalRecords): LocalRecords {
  const builds = [...known.builds, ...more.builds];
  const entries = [...known.entries, ...more.entries];
  return {
    builds: unique(builds, ({ ledger, record: { image, identity, digest } }) =>
      JSON.stringify([ledger, image, identity, digest]),
    ),
    entries: unique(entries, ({ ledger, record, recordDigest }) =>
      JSON.stringify([ledger, record.image, record.channel, String(record.sequence).padStart(16, '0'), recordDigest]),
    ),
  };
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** The file's bytes: JSON, the records as they stand in the ledger. */
export function encodeLocalCopy({ builds, entries }: LocalRecords): Uint8Array {
  const json = {
    schemaVersion: VERSION,
    builds: builds.map(({ ledger, record }) => ({ ledger, record: jsonOf(encodeBuildRecord(record)) })),
    promotions: entries.map(({ ledger, commit, recordDigest, record }) => ({
      ledger,
      commit,
      recordDigest,
      record: jsonOf(encodeChannelRecord(record)),
    })),
  };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

/** @throws WaybillError `LOCAL_COPY_INVALID`, `LOCAL_COPY_NEWER` (user) */
export function parseLocalCopy(bytes: Uint8Array, file: string): LocalRecords {
  if (bytes.byteLength > MAX_BYTES) throw invalid(file, `it has ${bytes.byteLength} bytes, at most ${MAX_BYTES}`);
  try {
    const json = fieldsOf(jsonOf(bytes));
    const version = json['schemaVersion'];
    if (typeof version === 'number' && version > VERSION) throw newer(file, version);
    if (version !== VERSION)
      throw new TypeError(`its schemaVersion is ${JSON.stringify(version)}, expected ${VERSION}`);
    return {
      builds: listOf(json['builds'], 'builds').map((each, i) => parseBuild(each, `builds[${i}]`)),
      entries: listOf(json['promotions'], 'promotions').map((each, i) => parseEntry(each, `promotions[${i}]`)),
    };
  } catch (error) {
    if (error instanceof WaybillError && error.code.endsWith('_NEWER')) throw error;
    throw invalid(file, errorMessage(error), error);
  }
}

function parseBuild(json: unknown, where: string): LocalRecords['builds'][number] {
  const { ledger, record } = fieldsOf(json);
  return { ledger: ledgerOf(ledger, where), record: parseBuildRecord(bytesOf(record), `${where}.record`) };
}

function ledgerOf(ledger: unknown, where: string): string {
  if (typeof ledger !== 'string') throw new TypeError(`${where}.ledger is not a text`);
  return ledger;
}

function parseEntry(json: unknown, where: string): LocalRecords['entries'][number] {
  const { ledger, commit, recordDigest, record } = fieldsOf(json);
  if (!isCommitId(commit)) throw new TypeError(`${where}.commit is not a commit`);
  // As the ledger had it: a record with fields of a later version has other bytes than this one writes.
  if (!isDigest(recordDigest)) throw new TypeError(`${where}.recordDigest is not a digest`);
  return {
    ledger: ledgerOf(ledger, where),
    commit,
    recordDigest,
    record: parseChannelRecord(bytesOf(record), `${where}.record`),
  };
}

function bytesOf(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json) ?? '');
}

function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('it is not a JSON object');
  return { ...json };
}

function listOf(json: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new TypeError(`${name} is not a list`);
  return json;
}

function invalid(file: string, why: string, cause?: unknown): WaybillError {
  return new WaybillError('LOCAL_COPY_INVALID', `${file} cannot be read: ${why}`, {
    kind: 'user',
    hint: 'It is left as it is. Put it right, or move it away: a new one is made of what the ledger has.',
    cause,
  });
}

function newer(file: string, version: number): WaybillError {
  return new WaybillError('LOCAL_COPY_NEWER', `${file} has schemaVersion ${version}, this version reads ${VERSION}`, {
    kind: 'user',
    hint: 'It was written by a newer version of Waybill: use that version or a later one.',
  });
}
