import { errorMessage } from '../../errors/index.ts';
import { type PathSet, utf8Of, walkTree } from '../../paths/index.ts';
import { at, EntryKind, EntryTable } from '../format/entry-table.ts';
import { readLink } from '../restore/survey.ts';

/** What stands at the roots now; `ino` and `ctime` are rows as the entries'. */
export interface DiskTree {
  readonly entries: EntryTable;
  readonly ino: Float64Array;
  /** µs. */
  readonly ctime: Float64Array;
  /** By root; -1 where it is missing. */
  readonly devs: readonly number[];
}

/**
 * All entries that a step's paths take, in order, without their digests. Sockets, devices and fifos are left out with a
 * notice, what cannot be looked at with a warning.
 */
export function walkRoots(
  paths: PathSet,
  dirs: readonly string[],
  tell: { readonly notice: (message: string) => void; readonly warning: (message: string) => void },
): DiskTree {
  const entries = new EntryTable(4096);
  const ino: number[] = [];
  const ctime: number[] = [];
  const devs: number[] = [];
  for (const [root, dir] of dirs.entries()) {
    devs.push(-1);
    walkTree(
      paths,
      root,
      (seen) => {
        if (devs[root] === -1) devs[root] = seen.dev;
        if (seen.kind === 'other') {
          tell.notice(`${placeOf(paths, root, seen.path)} is a socket, a device or a fifo: it is not saved`);
          return;
        }
        const link = seen.kind === 'symlink' ? readLink(dir, seen.path) : undefined;
        if (seen.kind === 'symlink' && link === undefined) return;
        const kind = EntryKind[seen.kind];
        const isLink = link !== undefined;
        const row = entries.add(
          root,
          seen.path,
          kind,
          isLink ? 0 : seen.mode,
          seen.kind === 'file' ? seen.size : 0,
          seen.mtimeUs,
        );
        if (isLink) entries.target.set(row, link);
        ino.push(seen.ino);
        ctime.push(seen.ctimeUs);
      },
      {
        dir,
        onError: (path, error) => tell.warning(`${placeOf(paths, root, path)} is left out: ${errorMessage(error)}`),
      },
    );
  }
  return { entries, ino: Float64Array.from(ino), ctime: Float64Array.from(ctime), devs };
}

/** An entry's place for people. */
export function placeOf(paths: PathSet, root: number, path: string): string {
  const name = paths.roots[root]?.name ?? '';
  if (path === '') return name;
  return name === '.' ? utf8Of(path) : `${name}/${utf8Of(path)}`;
}

/** The same tree without some of its rows. */
export function withoutRows(
  tree: DiskTree,
  dropped: ReadonlySet<number>,
): { readonly tree: DiskTree; readonly kept: readonly number[] } {
  const { entries } = tree;
  const kept: number[] = [];
  const out = new EntryTable(Math.max(1, entries.count));
  for (let row = 0; row < entries.count; row++) {
    if (dropped.has(row)) continue;
    kept.push(row);
    const copy = out.add(
      at(entries.root, row),
      entries.path[row] ?? '',
      kindOf(at(entries.kind, row)),
      at(entries.mode, row),
      at(entries.size, row),
      at(entries.mtime, row),
    );
    out.setDigest(copy, entries.digest, row * 32);
    const target = entries.target.get(row);
    if (target !== undefined) out.target.set(copy, target);
  }
  return {
    tree: {
      ...tree,
      entries: out,
      ino: Float64Array.from(kept, (row) => at(tree.ino, row)),
      ctime: Float64Array.from(kept, (row) => at(tree.ctime, row)),
    },
    kept,
  };
}

function kindOf(kind: number): EntryKind {
  return kind === EntryKind.folder ? EntryKind.folder : kind === EntryKind.file ? EntryKind.file : EntryKind.symlink;
}
