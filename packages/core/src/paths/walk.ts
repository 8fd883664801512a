import { readdirSync } from 'node:fs';
import { errorCode, WaybillError } from '../errors/index.ts';
import { fromFsName, toFsArgument } from './byte-path.ts';
import type { BytePath, PathSet } from './path-set.ts';
import { SeenEntry, type WalkEntry } from './seen-entry.ts';

export interface WalkOptions {
  /**
   * An entry that could not be looked at (it vanished, or may not be read), or a folder that could not be listed. The
   * walk goes on with the next one. A root that is a symlink, where only a glob starts, comes as `ROOT_IS_SYMLINK`.
   */
  readonly onError: (path: BytePath, error: unknown) => void;
  /** Where the root is on disk, where that was resolved before. Default: its `dir`. */
  readonly dir?: string;
  /** Walks only what is below this folder of the root; the folder itself is not visited. */
  readonly under?: BytePath;
  /** Asked before each folder below the start is listed; false leaves what is in it to another walk, with `under`. */
  readonly enter?: (folder: BytePath) => boolean;
}

/** What this project writes beside its targets starts so, and is never an entry. */
export const STAGING_PREFIX = '.wb-';

/** Folders that wait to be listed until all names before `<folder>/` have been visited. */
interface Pending {
  readonly name: string;
  readonly path: BytePath;
  readonly bytes: BytePath;
  readonly ascii: boolean;
}

const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Visits the entries of one root that `paths` takes, in byte order of their paths (`a`, `a.b`, `a/x`). Folders that only
 * lie on the way are not visited; names that start with {@link STAGING_PREFIX} are passed over. No symlink is followed,
 * neither below the root nor the root itself. A root that does not exist is no visit and no error.
 *
 * @param visit gets one object that is filled anew for each entry: it must not keep it
 */
export function walkTree(paths: PathSet, root: number, visit: (entry: WalkEntry) => void, options: WalkOptions): void {
  const dir = options.dir ?? paths.roots[root]?.dir;
  if (dir === undefined) throw new RangeError(`there is no root ${root}`);
  const { enter, onError } = options;
  const entry = new SeenEntry();
  const base = fromFsName(dir);

  const list = (folder: BytePath, bytes: BytePath, ascii: boolean): void => {
    let names: string[];
    try {
      names = readdirSync(ascii ? bytes : toFsArgument(bytes), 'latin1').sort();
    } catch (error) {
      onError(folder, error);
      return;
    }
    const pathPrefix = folder === '' ? '' : `${folder}/`;
    const bytesPrefix = bytes.endsWith('/') ? bytes : `${bytes}/`;
    // The last one in is always the first one due: of two that wait, the later one's name starts with the earlier one's.
    const waiting: Pending[] = [];
    const listDue = (name: string | undefined): void => {
      for (
        let last = waiting.at(-1);
        last !== undefined && (name === undefined || `${last.name}/` < name);
        last = waiting.at(-1)
      ) {
        waiting.pop();
        list(last.path, last.bytes, last.ascii);
      }
    };
    for (const name of names) {
      if (waiting.length > 0) listDue(name);
      if (name.startsWith(STAGING_PREFIX)) continue;
      const path = pathPrefix + name;
      const taken = paths.includes(root, path);
      const leads = paths.mayInclude(root, path);
      if (!taken && !leads) continue;
      const childBytes = bytesPrefix + name;
      const childAscii = ascii && !NOT_ASCII.test(name);
      try {
        entry.fill(path, childAscii ? childBytes : toFsArgument(childBytes));
      } catch (error) {
        onError(path, error);
        continue;
      }
      const enters = leads && entry.kind === 'folder';
      if (taken) visit(entry);
      if (enters && (enter === undefined || enter(path)))
        waiting.push({ name, path, bytes: childBytes, ascii: childAscii });
    }
    listDue(undefined);
  };

  const start = options.under ?? '';
  const bytes = start === '' ? base : `${base.endsWith('/') ? base : `${base}/`}${start}`;
  try {
    entry.fill(start, toFsArgument(bytes));
  } catch (error) {
    const code = errorCode(error);
    if (start !== '' || (code !== 'ENOENT' && code !== 'ENOTDIR')) onError(start, error);
    return;
  }
  const { kind } = entry;
  const taken = start === '' && paths.includes(root, '');
  if (taken && options.under === undefined) visit(entry);
  if (kind === 'folder') {
    if (paths.mayInclude(root, start)) list(start, bytes, !NOT_ASCII.test(bytes));
  } else if (kind === 'symlink' && start === '' && !taken) {
    onError('', symlinkError(dir));
  }
}

function symlinkError(dir: string): WaybillError {
  return new WaybillError('ROOT_IS_SYMLINK', `${dir} is a symlink, and a glob that starts there does not follow it`, {
    kind: 'user',
    hint: 'Give the path that the symlink points to.',
  });
}
