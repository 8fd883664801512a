import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../errors/index.ts';

/**
 * The place of a root with every symlink among its parents followed and the root itself not, so that it is resolved
 * once and means one place from then on. Parents that are missing (or dangling) are kept as they are spelled.
 * @param dir absolute
 * @returns absolute
 * @throws the system's error where a parent may not be searched (`EACCES`) or links run in a circle (`ELOOP`)
 */
export function resolveRootParent(dir: string): string {
  let parent = dirname(dir);
  let rest = basename(dir);
  for (;;) {
    try {
      return join(realpathSync.native(parent), rest);
    } catch (error) {
      const code = errorCode(error);
      const above = dirname(parent);
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || above === parent) throw error;
      rest = join(basename(parent), rest);
      parent = above;
    }
  }
}
