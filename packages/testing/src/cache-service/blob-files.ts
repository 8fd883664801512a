import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

interface Part {
  readonly file: string;
  readonly size: number;
}

interface Blob {
  /** Staged and not in the blob, by block id. */
  readonly staged: Map<string, Part>;
  /** What the blob is, in order; undefined before the first commit. */
  parts: readonly (Part & { readonly blockId: string })[] | undefined;
  etag: string;
  modifiedAt: number;
}

export interface BlobProperties {
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
}

/** Which list a block is taken from (Azure, "Put Block List"). */
export type BlockSource = 'committed' | 'uncommitted' | 'latest';

/** Block blobs in a folder. A blob of blocks stays the files of its blocks: committing copies nothing. */
export interface BlobFiles {
  /** Takes the whole content, in place of all that was there. */
  write(id: string, content: Readable): Promise<BlobProperties>;
  /** Takes one block, in place of one of the same id that is not committed. */
  stage(id: string, blockId: string, content: Readable): Promise<void>;
  /** Makes the blob of these blocks; undefined where one of them is unknown, and then nothing changes. */
  commit(
    id: string,
    blocks: readonly { readonly blockId: string; readonly from: BlockSource }[],
  ): Promise<BlobProperties | undefined>;
  /** Undefined where nothing was committed. */
  properties(id: string): BlobProperties | undefined;
  /** Bytes `start` up to `end`, which is past the last one. */
  read(id: string, start: number, end: number): Readable;
  clear(): Promise<void>;
}

export function createBlobFiles(folder: string, clock: () => number): BlobFiles {
  const blobs = new Map<string, Blob>();

  const open = (id: string): Blob => {
    const known = blobs.get(id);
    if (known !== undefined) return known;
    const made: Blob = { staged: new Map(), parts: undefined, etag: '', modifiedAt: 0 };
    blobs.set(id, made);
    return made;
  };

  const take = async (content: Readable): Promise<Part> => {
    const file = join(folder, randomUUID());
    try {
      await pipeline(content, createWriteStream(file, { flags: 'wx' }));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    return { file, size: (await stat(file)).size };
  };

  const properties = (id: string): BlobProperties | undefined => {
    const blob = blobs.get(id);
    if (blob?.parts === undefined) return undefined;
    const size = blob.parts.reduce((sum, part) => sum + part.size, 0);
    return { size, etag: blob.etag, modifiedAt: blob.modifiedAt };
  };

  const replace = async (id: string, parts: NonNullable<Blob['parts']>): Promise<BlobProperties | undefined> => {
    const blob = open(id);
    const kept = new Set(parts.map(({ file }) => file));
    const dropped = [...blob.staged.values(), ...(blob.parts ?? [])].filter(({ file }) => !kept.has(file));
    blob.staged.clear();
    blob.parts = parts;
    blob.etag = `"0x${randomUUID().replaceAll('-', '').slice(0, 15).toUpperCase()}"`;
    blob.modifiedAt = clock();
    for (const { file } of dropped) await rm(file, { force: true });
    return properties(id);
  };

  return {
    async write(id, content) {
      const part = await take(content);
      const written = await replace(id, [{ ...part, blockId: '' }]);
      return written ?? { size: part.size, etag: '', modifiedAt: 0 };
    },
    async stage(id, blockId, content) {
      const part = await take(content);
      const { staged } = open(id);
      const before = staged.get(blockId);
      staged.set(blockId, part);
      if (before !== undefined) await rm(before.file, { force: true });
    },
    async commit(id, blocks) {
      const blob = open(id);
      const committed = (blockId: string) => blob.parts?.find((part) => part.blockId === blockId);
      const parts = blocks.flatMap(({ blockId, from }) => {
        const staged = from === 'committed' ? undefined : blob.staged.get(blockId);
        const part = staged ?? (from === 'uncommitted' ? undefined : committed(blockId));
        return part === undefined ? [] : [{ file: part.file, size: part.size, blockId }];
      });
      return parts.length === blocks.length ? replace(id, parts) : undefined;
    },
    properties,
    read(id, start, end) {
      const parts = blobs.get(id)?.parts ?? [];
      return Readable.from(readParts(parts, start, end), { objectMode: false });
    },
    async clear() {
      blobs.clear();
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
    },
  };
}

async function* readParts(parts: readonly Part[], start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  for (const { file, size } of parts) {
    const [from, to] = [Math.max(0, start - at), Math.min(size, end - at)];
    at += size;
    if (from < to) yield* createReadStream(file, { start: from, end: to - 1, highWaterMark: 2 ** 18 });
  }
}
