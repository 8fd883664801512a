import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../errors/index.ts';

/** What follows the prefix in the name of a staging folder. */
const NONCE = /^[0-9a-f]{8}$/;

/** Removes a folder of ours with all that is in it, read-only folders too. What is not there is no error. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error;
    openFolders(Buffer.from(path));
    rmSync(path, { recursive: true, force: true });
  }
}

/** An ordinary user must be able to write to a folder to empty it. */
function openFolders(path: Buffer): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path, 'buffer')) openFolders(Buffer.concat([path, Buffer.from('/'), name]));
}

/** Removes staging folders that a restore which was killed left in `parent`: those older than a day. Other names are somebody's own. */
export function sweepStages(parent: string, prefix: string, now: number): void {
  const DAY = 24 * 60 * 60 * 1000;
  let names: string[];
  try {
    names = readdirSync(parent).filter((name) => name.startsWith(prefix) && NONCE.test(name.slice(prefix.length)));
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(parent, name);
    try {
      const stat = lstatSync(path);
      if (stat.isDirectory() && now - stat.mtimeMs > DAY) removeTree(path);
    } catch {
      // Somebody else's, or gone: not ours to mend.
    }
  }
}
