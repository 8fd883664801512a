import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type IoOptions, type LockRules, underLock } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import type { RecordCopy } from './compare-with-copies.ts';
import type { ChannelEntry } from './ledger.ts';
import { encodeLocalCopy, type LocalRecords, mergeRecords, parseLocalCopy } from './local-copy-json.ts';
import type { BuildRecord } from './records.ts';

export interface LocalCopyOptions {
  /** Absolute; by custom `.artifacts.json` at the top of the working copy, which git ignores. */
  readonly file: string;
  /** How its lock waits. */
  readonly lock: LockRules;
}

/** What a machine keeps of the records that it saw: a cache for people, and a witness against a ledger that was cut. */
export interface LocalCopy {
  /** Nothing where there is no file. @throws WaybillError `LOCAL_COPY_INVALID`, `LOCAL_COPY_NEWER` (user) */
  read(options?: IoOptions): Promise<LocalRecords>;
  /**
   * Adds records of a ledger to those in the file, and forgets none: of two records under one number both stay. Written
   * aside and renamed, one writer at a time. A file that cannot be read is an error, and stays as it is.
   * @throws as {@link read}; `STORE_BUSY` (remote)
   */
  remember(
    seen: {
      /** As people write it. */
      readonly ledger: string;
      readonly builds?: readonly BuildRecord[];
      readonly entries?: readonly ChannelEntry[];
    },
    options?: IoOptions,
  ): Promise<LocalRecords>;
  /** What it knows of a channel, to compare the ledger with. @throws as {@link read} */
  copies(
    of: { readonly ledger: string; readonly image: string; readonly channel: string },
    options?: IoOptions,
  ): Promise<readonly RecordCopy[]>;
}

export function openLocalCopy({ file, lock }: LocalCopyOptions): LocalCopy {
  const read = async (options?: IoOptions): Promise<LocalRecords> => {
    options?.signal?.throwIfAborted();
    try {
      return parseLocalCopy(await readFile(file), file);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { builds: [], entries: [] };
      throw error;
    }
  };

  return {
    read,
    async remember({ ledger, builds = [], entries = [] }, options) {
      const more: LocalRecords = {
        builds: builds.map((record) => ({ ledger, record })),
        entries: entries.map((entry) => ({ ...entry, ledger })),
      };
      const folder = `${file}.lock`;
      await mkdir(dirname(file), { recursive: true });
      try {
        return await underLock(
          folder,
          lock,
          async () => {
            const merged = mergeRecords(await read(options), more);
            await replace(file, encodeLocalCopy(merged), lock.nonce());
            return merged;
          },
          options?.signal,
        );
      } finally {
        // Somebody who waits makes it anew.
        await rmdir(folder).catch(() => undefined);
      }
    },
    async copies({ ledger, image, channel }, options) {
      const { entries } = await read(options);
      const source = basename(file);
      return entries
        .filter((seen) => seen.ledger === ledger && seen.record.image === image && seen.record.channel === channel)
        .map(({ record, recordDigest }) => ({ sequence: record.sequence, recordDigest, source }));
    },
  };
}

async function replace(file: string, bytes: Uint8Array, nonce: string): Promise<void> {
  const aside = join(dirname(file), `.${basename(file)}.${nonce}`);
  try {
    const handle = await open(aside, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
