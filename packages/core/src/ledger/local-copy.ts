import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import { isDigest } from '../oci/index.ts';
import type { RecordCopy } from './compare-with-copies.ts';
import type { ChannelEntry } from './ledger.ts';
import type { BuildRecord } from './records.ts';

/** Records of one ledger. */
export interface Seen {
  /** Which ledger, as people write it: records of two ledgers are never compared. */
  readonly ledger: string;
  readonly builds?: readonly BuildRecord[];
  readonly entries?: readonly ChannelEntry[];
}

/** What a machine saw of ledgers: `.artifacts.json` beside the sources, kept out of git. */
export interface LocalCopy {
  /** Adds builds and records of channels; what is there already under the same name stays as it was first seen. */
  remember(seen: Seen): Promise<void>;
  /** What it knows of one channel's records, to be compared with the ledger. */
  copies(of: {
    readonly ledger: string;
    readonly image: string;
    readonly channel: string;
  }): Promise<readonly RecordCopy[]>;
}

type Json = Readonly<Record<string, unknown>>;

interface Content {
  /** By ledger, image and identity. */
  readonly builds: readonly Json[];
  /** Records as they stand in the ledger, with `recordDigest`, `ledgerCommit` and `ledger` besides. */
  readonly records: readonly Json[];
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The copy in this file; none is there before something is remembered. A copy is never asked what to do: it only tells
 * whether a ledger is still what it was.
 * @throws by both: WaybillError `LOCAL_COPY_INVALID` (user) for a file that is something else; the system's errors
 */
export function openLocalCopy({ file }: { readonly file: string }): LocalCopy {
  return {
    async remember({ ledger, builds = [], entries = [] }) {
      const before = await read(file);
      const after = {
        builds: merged(
          before.builds,
          builds.map((build) => ({ ...build, ledger })),
          (each) => key(each, 'ledger', 'image', 'identity'),
        ),
        records: merged(
          before.records,
          entries.map(({ record, recordDigest, commit }) => ({
            ...record,
            recordDigest,
            ledgerCommit: commit,
            ledger,
          })),
          (each) => key(each, 'ledger', 'image', 'channel', 'sequence', 'recordDigest'),
        ),
      };
      if (after.builds.length > before.builds.length || after.records.length > before.records.length)
        await write(file, after);
    },
    async copies({ ledger, image, channel }) {
      const { records } = await read(file);
      return records.flatMap((each) => {
        const { sequence, recordDigest } = each;
        const isOurs = each['ledger'] === ledger && each['image'] === image && each['channel'] === channel;
        return isOurs && typeof sequence === 'number' && isDigest(recordDigest)
          ? [{ sequence, recordDigest, source: file }]
          : [];
      });
    },
  };
}

function merged(before: readonly Json[], more: readonly Json[], keyOf: (each: Json) => string): readonly Json[] {
  const known = new Set(before.map(keyOf));
  return [...before, ...more.filter((each) => !known.has(keyOf(each)))];
}

function key(each: Json, ...names: readonly string[]): string {
  return JSON.stringify(names.map((name) => each[name]));
}

async function read(file: string): Promise<Content> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { builds: [], records: [] };
    throw error;
  }
  if (text.length > MAX_BYTES) throw invalid(file, `it has more than ${MAX_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(file, errorMessage(error), error);
  }
  if (!isObject(json) || json['schemaVersion'] !== 1) throw invalid(file, 'it has no schemaVersion 1');
  return { builds: objectsIn(json['builds']), records: objectsIn(json['records']) };
}

/** Written aside and renamed: whoever is killed leaves the file as it was. */
async function write(file: string, content: Content): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  try {
    await writeFile(aside, `${JSON.stringify({ schemaVersion: 1, ...content }, null, 2)}\n`, { flag: 'wx' });
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

function objectsIn(value: unknown): readonly Json[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all.filter(isObject);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(file: string, why: string, cause?: unknown): WaybillError {
  return new WaybillError('LOCAL_COPY_INVALID', `${file} is no copy of a ledger: ${why}`, {
    kind: 'user',
    hint: 'It only remembers what was seen: move it away, and a new one is made.',
    cause,
  });
}
