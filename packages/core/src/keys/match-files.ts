import { type PathContext, parsePaths, toFsPath, utf8Of, walkTree } from '../paths/index.ts';
import { SKIPPED_FOLDERS } from './find-lockfiles.ts';

export interface MatchedFile {
  /** Relative to the workspace, else `~/…`, else absolute, `/` between. */
  readonly name: string;
  /** As `node:fs` takes it. */
  readonly at: string | Buffer;
}

/**
 * The files that a pattern takes, by the rules of `path`: a folder takes all that is in it, `**` any depth. A wildcard
 * does not enter {@link SKIPPED_FOLDERS}; a pattern that names one before its first wildcard does. Sorted by name;
 * symlinks are files.
 * @throws WaybillError `PATH_INVALID` (user)
 * @throws the system's error where a folder cannot be listed
 */
export function matchFiles(pattern: string, context: PathContext): readonly MatchedFile[] {
  const paths = parsePaths([pattern], context);
  const found: MatchedFile[] = [];
  for (const [index, root] of paths.roots.entries()) {
    walkTree(
      paths,
      index,
      ({ kind, path }) => {
        if (kind !== 'file' && kind !== 'symlink') return;
        found.push({ name: nameOf(root.name, utf8Of(path)), at: toFsPath(root.dir, path) });
      },
      {
        enter: (folder) => !SKIPPED_FOLDERS.includes(folder.slice(folder.lastIndexOf('/') + 1)),
        onError: (_, error) => {
          throw error;
        },
      },
    );
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(root: string, path: string): string {
  if (path === '') return root;
  if (root === '.') return path;
  return root.endsWith('/') ? root + path : `${root}/${path}`;
}
