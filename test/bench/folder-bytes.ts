import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The sizes of all files below a folder, summed; 0 where there is none. */
export function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}
