import { WaybillError } from '../errors/index.ts';

/** One entry of a git tree. */
export interface TreeEntry {
  /** `100644`, `40000`, … as git writes it. */
  readonly mode: string;
  readonly name: string;
  /** Hex. */
  readonly id: string;
}

export const FILE_MODE = '100644';
export const FOLDER_MODE = '40000';

/**
 * The entries of a tree's raw bytes: mode, space, name, NUL, id (git, Documentation/technical: object format). Written
 * here and not by `git mktree`, which fetches every subtree that a partial clone lacks, one by one.
 * @param idBytes 20 (SHA-1) or 32 (SHA-256)
 * @throws WaybillError `TREE_INVALID` (integrity)
 */
export function parseTree(bytes: Uint8Array, idBytes: number): TreeEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const nul = buffer.indexOf(0, space);
    const end = nul + 1 + idBytes;
    if (space === -1 || nul === -1 || end > buffer.length) {
      throw new WaybillError('TREE_INVALID', "a tree of the ledger's repository cannot be read", { kind: 'integrity' });
    }
    entries.push({
      mode: buffer.toString('latin1', at, space),
      name: buffer.toString('latin1', space + 1, nul),
      id: buffer.toString('hex', nul + 1, end),
    });
    at = end;
  }
  return entries;
}

/** The raw bytes of a tree, its entries in git's order: by bytes, folders as if their names ended in `/`. */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  const sorted = [...entries].sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(id, 'hex')]),
  );
}

/** The entries with this one set. */
export function withEntry(entries: readonly TreeEntry[], entry: TreeEntry): TreeEntry[] {
  return [...entries.filter(({ name }) => name !== entry.name), entry];
}

function sortKey({ mode, name }: TreeEntry): Buffer {
  return Buffer.from(mode === FOLDER_MODE ? `${name}/` : name, 'latin1');
}
