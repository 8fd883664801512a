import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { createRandom } from '@waybill/testing/trees';
import { WaybillError } from '../../errors/index.ts';
import { sha256 } from '../format/sha256.ts';
import type { CompressTask, WriteTask } from './tasks.ts';
import { createInlinePool, startWorkerPool } from './worker-pool.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

/** A file that a thread can be started with. */
function entry(text: string): URL {
  const path = join(site.dir, `entry-${readdirSync(site.dir).length}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

const serving = () => {
  const room = pathToFileURL(join(import.meta.dirname, 'worker.ts')).href;
  return entry(`import { isSnapshotWorker, serveSnapshotWorker } from ${JSON.stringify(room)};
    if (!isSnapshotWorker()) throw new Error('started without its role');
    serveSnapshotWorker();`);
};

const compress = (bytes: Uint8Array): CompressTask => ({ kind: 'compress', bytes, level: 1 });

/** One file of one frame. */
const writeTask = (path: string, size: number, digest: Uint8Array, source: WriteTask['source']): WriteTask => ({
  kind: 'write',
  files: { bases: [dirname(path)], base: Uint32Array.of(0), paths: basename(path) },
  mode: Uint16Array.of(0o644),
  mtime: Float64Array.of(0),
  part: Uint8Array.of(0),
  frame: Uint32Array.of(0),
  offset: Uint32Array.of(0),
  length: Uint32Array.of(size),
  position: Float64Array.of(0),
  source,
  frames: {
    offset: Float64Array.of(0),
    stored: Uint32Array.of(source.kind === 'bytes' ? source.bytes.byteLength : size),
    raw: Uint32Array.of(size),
    digest,
  },
});

/** Enough to be worth threads: many small files, and large ones of several windows. */
function manyFiles(dir: string): void {
  const random = createRandom(5);
  const noise = (size: number) => {
    const bytes = Buffer.alloc(size);
    random.fill(bytes);
    return bytes;
  };
  const files = Array.from({ length: 300 }, (_, n): PlantedEntry => {
    return {
      path: `d${n % 7}/file-${n}`,
      kind: 'file',
      content: noise(20_000 + random.below(100_000)),
      mode: n % 9 === 0 ? 0o755 : 0o644,
    };
  });
  const large = [3_000_000, 9_000_000, 17_000_000].map(
    (size): PlantedEntry => ({ path: `large-${size}`, kind: 'file', content: noise(size) }),
  );
  const folders = Array.from({ length: 7 }, (_, n): PlantedEntry => ({ path: `d${n}`, kind: 'folder', mode: 0o755 }));
  plantTree(dir, [{ path: '', kind: 'folder' }, ...folders, ...files, ...large]);
}

describe('with threads', () => {
  test('a save gives the very snapshot that it gives without, and a restore the same tree', async () => {
    const from = site.workspace();
    manyFiles(join(from, 'tree'));
    const plain = await site.save(from);
    for (const threads of [1, 2, 3]) {
      const machine = { threads, workerEntry: serving() };
      const saved = await site.save(from, { machine });
      expect(saved.manifest).toEqual(plain.manifest);
      expect(saved.uploadedBytes).toBe(0);
      if (threads === 3) continue;
      const to = site.workspace();
      await site.restore(to, plain.manifest, { machine });
      expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([]);
      // Without a record every file is read by the threads, and none is written.
      expect(await site.restore(to, plain.manifest, { machine })).toMatchObject({ writtenFiles: 0 });
    }
    expect(site.leftovers()).toEqual([]);
  });

  test('a spoilt pack is told by the error that it is told by without, and nothing is left behind', async () => {
    const from = site.workspace();
    manyFiles(join(from, 'tree'));
    const { manifest } = await site.save(from);
    const packs = [...store.descriptors.values()].filter(({ mediaType }) => mediaType.includes('.pack.'));
    expect(packs.length).toBeGreaterThan(1);
    const [first] = packs;
    const bytes = Buffer.from(store.blobs.get(first?.digest ?? manifest.digest) ?? []);
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    if (first !== undefined) store.blobs.set(first.digest, bytes);
    const to = site.workspace();
    const restored = site.restore(to, manifest, { machine: { threads: 2, workerEntry: serving() } });
    await expect(restored).rejects.toBeInstanceOf(WaybillError);
    await expect(restored).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT', kind: 'integrity' });
    expect(readdirSync(to)).toEqual([]);
  });

  test('that never come up, the save and the restore fail, and nothing is left behind', async () => {
    const from = site.workspace();
    manyFiles(join(from, 'tree'));
    const { manifest } = await site.save(from);
    for (const text of ['throw new Error("no worker")', 'process.exit(3)', 'not even a script']) {
      const machine = { threads: 2, workerEntry: entry(text) };
      await expect(site.save(from, { machine })).rejects.toThrow();
      const to = site.workspace();
      await expect(site.restore(to, manifest, { machine })).rejects.toThrow();
      expect(readdirSync(to)).toEqual([]);
    }
  });
});

describe('a pool of threads', () => {
  test('answers as the one thread does, for tasks of each worker', async () => {
    const pool = startWorkerPool(serving(), 2, 0o022);
    const inline = createInlinePool(0o022);
    expect([pool.size, inline.size]).toEqual([2, 1]);
    const bytes = Buffer.alloc(100_000, 'abc');
    const [a, b, c] = await Promise.all([
      pool.run(0, compress(bytes)),
      pool.run(1, compress(bytes)),
      inline.run(0, compress(bytes)),
    ]);
    for (const frame of [a, b]) {
      expect(Buffer.from(frame.stored).equals(Buffer.from(c.stored))).toBe(true);
      expect(Buffer.from(frame.digest).equals(sha256(frame.stored))).toBe(true);
      expect(frame.raw).toBe(100_000);
    }
    await pool.close();
  });

  test('gives errors their code and kind back', async () => {
    const pool = startWorkerPool(serving(), 1, 0o022);
    await expect(pool.run(0, { kind: 'chunks', id: 99 })).rejects.toMatchObject({
      name: 'WaybillError',
      code: 'TASK_UNKNOWN',
      kind: 'bug',
    });
    const path = join(site.dir, 'missing', 'x');
    const lost = writeTask(path, 3, Buffer.alloc(32), { kind: 'file', path: join(site.dir, 'no-pack') });
    await expect(pool.run(0, lost)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN', kind: 'remote' });
    const { stored, digest } = await pool.run(0, compress(Buffer.from('abc')));
    const nowhere = writeTask(path, 3, digest, { kind: 'bytes', bytes: new Uint8Array(stored), start: 0 });
    await expect(pool.run(0, nowhere)).rejects.toMatchObject({ code: 'ENOENT' });
    await pool.close();
  });

  test('give back the memory of fetched bytes, and keep none of it', async () => {
    const raw = Buffer.alloc(300_000);
    createRandom(6).fill(raw);
    for (const pool of [createInlinePool(0), startWorkerPool(serving(), 1, 0)]) {
      const { stored, digest } = await pool.run(0, compress(raw));
      const bytes = new Uint8Array(new ArrayBuffer(stored.length + 100), 0, stored.length);
      bytes.set(stored);
      const path = join(site.dir, `file-${readdirSync(site.dir).length}`);
      const result = await pool.run(0, writeTask(path, raw.length, digest, { kind: 'bytes', bytes, start: 0 }));
      expect(readFileSync(path).equals(raw)).toBe(true);
      expect(result.spent?.byteLength).toBe(stored.length + 100);
      await pool.close();
    }
  });

  test('have small young generations, and the old one that Node gives them', async () => {
    const telling = entry(`import { parentPort, resourceLimits } from 'node:worker_threads';
      parentPort.on('message', ({ id }) => parentPort.postMessage({ id, result: resourceLimits }));`);
    const pool = startWorkerPool(telling, 1, 0);
    const limits: unknown = await pool.run(0, compress(Buffer.of(1)));
    expect(limits).toMatchObject({ maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: expect.any(Number) });
    expect(Reflect.get(Object(limits), 'maxOldGenerationSizeMb')).toBeGreaterThan(500);
    await pool.close();
  });

  test('of which one dies rejects all who wait for it and all who come later', async () => {
    const dying = entry(`import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => process.exit(7));`);
    const pool = startWorkerPool(dying, 1, 0);
    const waiting = await Promise.allSettled([
      pool.run(0, compress(Buffer.of(1))),
      pool.run(0, compress(Buffer.of(2))),
    ]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(pool.run(0, compress(Buffer.of(3)))).rejects.toThrow(/code 7/);
    await pool.close();
  });

  test('that is closed rejects who still waits', async () => {
    const silent = entry(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});`);
    const pool = startWorkerPool(silent, 1, 0);
    const waiting = pool.run(0, compress(Buffer.of(1)));
    const settled = expect(waiting).rejects.toThrow();
    await pool.close();
    await settled;
  });
});
