import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Git } from './create-git.ts';

/** An object of the repository. */
export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * The objects that these names have (`<commit>`, `<commit>:<path>`), in one process; undefined where there is none. What a
 * partial clone lacks is fetched.
 * @param names of our own making: hex, `:` and checked paths, so that none spans lines
 */
export async function readObjects(
  git: Git,
  names: readonly string[],
  options: IoOptions & { readonly maxBytes?: number } = {},
): Promise<readonly (GitObject | undefined)[]> {
  if (names.length === 0) return [];
  const { stdout } = await git(['cat-file', '--batch'], { ...options, input: Buffer.from(`${names.join('\n')}\n`) });
  const buffer = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  let at = 0;
  return names.map(() => {
    const line = buffer.indexOf(0x0a, at);
    const [id = '', type = '', size = ''] = buffer.toString('utf8', at, Math.max(line, at)).split(' ').slice(-3);
    at = line + 1;
    if (line === -1) throw unreadable();
    // `<name> missing`, `<name> ambiguous`, `<id> submodule`.
    if (size === '') return undefined;
    const length = Number(size);
    if (!/^[0-9a-f]{40,64}$/.test(id) || !Number.isSafeInteger(length)) throw unreadable();
    const bytes = buffer.subarray(at, at + length);
    at += length + 1;
    return { id, type, bytes };
  });
}

/** The parents that a commit object names, first parent first. */
export function parentsOf({ bytes }: GitObject): string[] {
  const head = new TextDecoder().decode(bytes).split('\n\n', 1)[0] ?? '';
  return [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map((match) => match[1] ?? '');
}

function unreadable(): WaybillError {
  return new WaybillError('GIT_FAILED', '`git cat-file` answered with something else than objects', { kind: 'remote' });
}
