import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import { inFolder, readIfThere, replaceFile } from './files.ts';
import type { LayoutMachine } from './layout-machine.ts';
import type { LayoutPaths } from './layout-paths.ts';

/** Past this size a scan is due, which writes the file anew. */
const MAX_FILE_BYTES = 256 * 1024;

/** An estimate of the store's size: good enough to know when a scan is due, cheap enough for every push. */
export interface LayoutUsage {
  /** Bytes were added. Never throws. */
  add(bytes: number): Promise<void>;
  /** Bytes in the store, about; undefined where nobody has counted yet. */
  estimate(): Promise<number | undefined>;
  /** A scan found so many. */
  set(bytes: number): Promise<void>;
}

/** One line a number in `waybill/usage`: what a scan found, then what pushes appended, from any process and without a lock. */
export function layoutUsage(paths: LayoutPaths, machine: LayoutMachine): LayoutUsage {
  return {
    add: async (bytes) => {
      try {
        await inFolder(dirname(paths.usage), () => appendFile(paths.usage, `${bytes}\n`));
      } catch (error) {
        machine.log(`${bytes} bytes were not counted: ${errorMessage(error)}`);
      }
    },
    estimate: async () => {
      const text = (await readIfThere(paths.usage))?.toString('latin1');
      if (text === undefined || !text.startsWith('=') || text.length > MAX_FILE_BYTES) return undefined;
      return text
        .slice(1)
        .split('\n')
        .reduce((sum, line) => sum + (/^\d{1,15}$/.test(line) ? Number(line) : 0), 0);
    },
    set: (bytes) => replaceFile(paths.usage, paths.temp, machine.nonce(), Buffer.from(`=${bytes}\n`)),
  };
}
