import { WaybillError } from '../../errors/index.ts';
import { type BytePath, type PathSet, STAGING_PREFIX, utf8Of } from '../../paths/index.ts';
import { at, EntryKind, type EntryTable } from '../format/entry-table.ts';

/** `.` or `..` or an empty name, NUL, a path from the top: nothing of it may come out of a snapshot. */
const UNSAFE = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;
const UNSAFE_WINDOWS = /[\\:<>"|?*]|[. ](?:\/|$)|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.[^/]*)?(?:\/|$)/i;

/**
 * Refuses a whole tree before anything is written: for another set of roots than this step's, entries out of order or
 * twice, entries below something that is no folder, paths that leave their root or that this step's patterns do not
 * take, and staging names.
 * @throws WaybillError `UNSAFE_ENTRY`
 */
export function checkTree(
  entries: EntryTable,
  roots: readonly string[],
  paths: PathSet,
  platform: NodeJS.Platform,
): void {
  const own = paths.roots.map((root) => root.name);
  if (own.length !== roots.length || own.some((name, i) => name !== roots[i])) {
    throw unsafe(`its roots are ${JSON.stringify(roots)}, this step's are ${JSON.stringify(own)}`);
  }
  const folders = new FolderCheck(entries);
  for (let row = 0; row < entries.count; row++) {
    const root = at(entries.root, row);
    const path = entries.path[row] ?? '';
    if (root >= roots.length) throw unsafe(`${show(path)} belongs to no root`);
    if (row > 0 && entries.compare(row - 1, root, path) >= 0)
      throw unsafe(`${show(path)} is there twice, or out of order`);
    if (path !== '') {
      if (UNSAFE.test(path) || (platform === 'win32' && UNSAFE_WINDOWS.test(path)))
        throw unsafe(`${show(path)} is no safe path`);
      if (path.startsWith(STAGING_PREFIX) || path.includes(`/${STAGING_PREFIX}`))
        throw unsafe(`${show(path)} is a staging name`);
      folders.check(root, path);
    }
    if (!paths.includes(root, path)) throw unsafe(`${show(path)} is not under this step's paths`);
  }
}

/**
 * Refuses names that one file of this file system would have to be at once.
 * @throws WaybillError `UNSAFE_ENTRY`
 */
export function checkFolding(entries: EntryTable): void {
  const seen = new Map<string, number>();
  for (let row = 0; row < entries.count; row++) {
    const path = entries.path[row] ?? '';
    const folded = `${at(entries.root, row)}\0${utf8Of(path).normalize('NFC').toLowerCase()}`;
    const other = seen.get(folded);
    if (other !== undefined) {
      throw unsafe(`${show(path)} and ${show(entries.path[other] ?? '')} are one name on this file system`);
    }
    seen.set(folded, row);
  }
}

/** Looks at each parent once: what stands above an entry is a folder, or no entry at all. */
class FolderCheck {
  readonly #entries: EntryTable;
  readonly #good = new Set<string>();
  /** The parent of the entry before: most entries have the same. */
  #last = { root: -1, parent: '' };

  constructor(entries: EntryTable) {
    this.#entries = entries;
  }

  check(root: number, path: BytePath): void {
    const { length } = this.#last.parent;
    if (root === this.#last.root && path.lastIndexOf('/') === length && path.startsWith(this.#last.parent)) return;
    const first = parentOf(path);
    if (first !== '') this.#last = { root, parent: first };
    for (let parent = first; ; parent = parentOf(parent)) {
      const id = `${root}\0${parent}`;
      if (this.#good.has(id)) return;
      const row = this.#entries.find(root, parent);
      if (row >= 0 && at(this.#entries.kind, row) !== EntryKind.folder)
        throw unsafe(`${show(path)} lies below ${show(parent)}, which is no folder`);
      this.#good.add(id);
      if (parent === '') return;
    }
  }
}

/** The folder that holds an entry; the root's own is the root. */
export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function show(path: BytePath): string {
  return JSON.stringify(utf8Of(path));
}

function unsafe(why: string): WaybillError {
  return new WaybillError('UNSAFE_ENTRY', `the snapshot is refused: ${why}`, {
    kind: 'integrity',
    hint: 'Nothing was written. Find out who saved it; delete the entry or use another key.',
  });
}
