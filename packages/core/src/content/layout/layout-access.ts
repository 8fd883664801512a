import { open } from 'node:fs/promises';
import { errorMessage } from '../../errors/index.ts';
import type { AccessLog, Name } from '../ports.ts';
import { inFolder, statIfThere } from './files.ts';
import type { LayoutMachine } from './layout-machine.ts';
import type { LayoutPaths } from './layout-paths.ts';

/**
 * Uses of a name as a file that grows by one byte each: its size is the count, its mtime the last time. Appending needs no
 * lock and loses nothing between processes. A store that may only be read does without.
 */
export function layoutAccess(paths: LayoutPaths, machine: LayoutMachine): AccessLog {
  return {
    touch: async ({ name }) => {
      try {
        const file = await inFolder(paths.access, () => open(paths.accessOf(name), 'a'));
        try {
          await file.write('.');
          const now = machine.clock() / 1000;
          await file.utimes(now, now);
        } finally {
          await file.close();
        }
      } catch (error) {
        machine.log(`a use of ${name.key} was not counted: ${errorMessage(error)}`);
      }
    },
    access: async ({ name }) => {
      try {
        const found = await statIfThere(paths.accessOf(name));
        return found === undefined ? undefined : { lastAccessed: Math.round(found.mtimeMs), count: found.size };
      } catch {
        return undefined;
      }
    },
  };
}

/** When the name was last used, in milliseconds since the epoch; undefined where it never was. */
export async function lastAccess(paths: LayoutPaths, name: Name): Promise<number | undefined> {
  const found = await statIfThere(paths.accessOf(name));
  return found === undefined ? undefined : Math.round(found.mtimeMs);
}
