import { type Access, isExpired, type NameRecord } from '@waybill/core/content';
import { scopeParts } from '../session/index.ts';

/** An entry as `--json` shows it. Times are ISO-8601 in UTC, sizes bytes. Unknown is absent. */
export interface EntryDocument {
  readonly key: string;
  readonly repository?: string;
  readonly ref?: string;
  /** 64 hex: stands for paths and platform. */
  readonly version: string;
  /** Of the snapshot's manifest. */
  readonly manifest: string;
  /** Of the tree. */
  readonly digest?: string;
  /** Bytes of all files. */
  readonly size?: number;
  readonly files?: number;
  readonly platform?: string;
  readonly paths?: readonly string[];
  readonly savedAt: string;
  readonly expiresAt?: string;
  readonly expired: boolean;
  readonly lastUsedAt?: string;
  readonly uses?: number;
  readonly commit?: string;
  readonly runId?: string;
  readonly savedBy?: string;
  readonly toolchain?: string;
  readonly lockfileHash?: string;
}

/** @param now milliseconds since the epoch */
export function entryDocument(record: NameRecord, access: Access | undefined, now: number): EntryDocument {
  const { name, target, createdAt, expiresAt, fields } = record;
  const { files, bytes } = treeOf(record);
  const paths = pathsOf(record);
  const text = (field: string, as = field) => (fields[field] ? { [as]: fields[field] } : {});
  return {
    key: name.key,
    ...scopeParts(name.scope),
    version: name.version,
    manifest: target.digest,
    ...text('contentHash', 'digest'),
    ...(bytes === undefined ? {} : { size: bytes }),
    ...(files === undefined ? {} : { files }),
    ...text('platform'),
    ...(paths === undefined ? {} : { paths }),
    savedAt: new Date(createdAt).toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    expired: isExpired(record, now),
    ...(access === undefined ? {} : { lastUsedAt: new Date(access.lastAccessed).toISOString(), uses: access.count }),
    ...text('commit'),
    ...text('runId'),
    ...text('savedBy'),
    ...text('toolchain'),
    ...text('lockfileHash'),
  };
}

/** What an entry says of its tree; undefined where it does not. */
export function treeOf({ fields }: NameRecord): {
  readonly files: number | undefined;
  readonly bytes: number | undefined;
} {
  return { files: count(fields['files']), bytes: count(fields['rawBytes']) };
}

/** The patterns that it was saved with; undefined where it does not say. */
export function pathsOf({ fields }: NameRecord): readonly string[] | undefined {
  try {
    const json: unknown = JSON.parse(fields['patterns'] ?? '');
    return Array.isArray(json) && json.every((each) => typeof each === 'string') ? json : undefined;
  } catch {
    return undefined;
  }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
