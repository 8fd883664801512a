import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { blob, collectRecords, fakeClock, name, saveFixture, target } from '@waybill/testing/store-suite';
import { type Descriptor, describe as descriptorOf, hexOf, MediaType, successors } from '../../oci/index.ts';
import { fetchAll } from '../fetch-all.ts';
import { nameRef } from '../name.ts';
import type { NameQuery } from '../ports.ts';
import { parseIndexJson } from './index-json.ts';
import { keyHash, layoutPaths, truthPath } from './layout-paths.ts';
import { markerFile } from './name-marker.ts';
import { encodeRecord } from './name-record-json.ts';
import { type LayoutStoreOptions, openLayoutStore } from './open-layout-store.ts';

const HOUR = 60 * 60 * 1000;
const REF = 'org.opencontainers.image.ref.name';

let root: string;
let dir: string;
let clock: ReturnType<typeof fakeClock>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'layout-store-'));
  dir = join(root, 'store');
  clock = fakeClock();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (options: Partial<LayoutStoreOptions> = {}) => openLayoutStore(dir, { clock: clock.now, ...options });
const pack = (fill: string, size = 1000) => Buffer.alloc(size, fill);
const query = (key: string, prefixes: readonly string[] = []): NameQuery => ({
  kind: 'cache',
  scopes: [name('').scope],
  version: name('').version,
  key,
  prefixes,
});
const indexEntries = async () => parseIndexJson(await readFile(join(dir, 'index.json')));
const refs = async () => (await indexEntries())?.map((entry) => entry.annotations?.[REF]).sort();
const keys = async () => (await collectRecords(open().list({ kind: 'cache' }))).map((record) => record.name.key).sort();
const storedBlobs = () => readdir(join(dir, 'blobs', 'sha256'));

/** The program that works on the store as another process. */
function startProcess(...args: readonly string[]) {
  const program = join(import.meta.dirname, '../../../../testing/src/store-suite/layout-process.ts');
  const child = spawn(process.execPath, ['--conditions=source', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let problems = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (problems += data));
  const ended = new Promise<{ code: number | null; out: string; problems: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, problems }));
  });
  const said = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { child, ended, said };
}

describe('opening', () => {
  test('touches nothing, and look-ups in a folder that does not exist find nothing and make none', async () => {
    const store = open();
    expect(await store.find(query('k', ['a', 'b', '']))).toBeUndefined();
    expect(await collectRecords(store.list({ kind: 'cache' }))).toEqual([]);
    expect(await store.exists(blob('x').descriptor)).toBe(false);
    await expect(fetchAll(store, blob('x').descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(await store.remove(name('k'))).toBe(false);
    expect(await store.prune()).toMatchObject({ evictedNames: 0, totalBytes: 0 });
    expect(await readdir(root)).toEqual([]);
  });

  test('a path that is a file is STORE_UNREACHABLE and says which', async () => {
    await writeFile(dir, 'a file');
    await expect(open().find(query('k'))).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(dir),
    });
    await expect(open().push(blob('x').descriptor, blob('x').bytes)).rejects.toMatchObject({ kind: 'remote' });
  });
});

const pathOf = ({ digest }: Descriptor) => join(dir, 'blobs', 'sha256', hexOf(digest));

describe('blobs', () => {
  test('are plain files by their hex, whose path a reader may open', async () => {
    const { bytes, descriptor } = blob('plain');
    await open().push(descriptor, bytes);
    expect(await open().localPath(descriptor)).toBe(pathOf(descriptor));
    expect((await readFile(pathOf(descriptor))).equals(bytes)).toBe(true);
  });

  test('pushing what is there makes it young, asking for it does not', async () => {
    const { bytes, descriptor } = blob('young');
    await open().push(descriptor, bytes);
    const mtime = async () => Math.round((await stat(pathOf(descriptor))).mtimeMs);
    const first = clock.now();
    clock.advance(HOUR);
    await open().exists(descriptor);
    expect(await mtime()).toBe(first);
    expect(await open().push(descriptor, bytes)).toBe('exists');
    expect(await mtime()).toBe(clock.now());
  });

  test('a blob that was cut off is not there, fails its reader, and the next push mends it', async () => {
    const { bytes, descriptor } = blob('will be cut off');
    await open().push(descriptor, bytes);
    await writeFile(pathOf(descriptor), bytes.subarray(0, 4));
    expect(await open().exists(descriptor)).toBe(false);
    await expect(fetchAll(open(), descriptor)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(await open().push(descriptor, bytes)).toBe('pushed');
    expect((await fetchAll(open(), descriptor)).equals(bytes)).toBe(true);
  });

  test('a flipped bit is found by the reader; deleted, the blob is stored again', async () => {
    const { bytes, descriptor } = blob('will be flipped');
    await open().push(descriptor, bytes);
    await writeFile(pathOf(descriptor), Buffer.from(bytes).fill(0, 3, 4));
    await expect(fetchAll(open(), descriptor)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await open().delete(descriptor);
    expect(await open().push(descriptor, bytes)).toBe('pushed');
  });

  test('a refused push leaves no file behind', async () => {
    await expect(open().push(blob('right').descriptor, blob('wrong').bytes)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(await readdir(join(dir, 'waybill', 'tmp'))).toEqual([]);
    expect(await storedBlobs()).toEqual([]);
  });
});

describe('names', () => {
  test('ten thousand of them: exactly, by prefix, the newest', async () => {
    const partition = layoutPaths(dir).partition(name(''));
    await mkdir(partition.truths, { recursive: true });
    await mkdir(partition.markers, { recursive: true });
    for (let i = 0; i < 10_000; i += 1) {
      const of = name(`deps-${i % 10}-${i}`);
      const record = { name: of, target: target(of.key), createdAt: clock.now() + i, fields: {} };
      writeFileSync(truthPath(partition, keyHash(of.key)), encodeRecord(record));
      writeFileSync(join(partition.markers, markerFile(of.key, record.createdAt)), '');
    }
    const found = async (key: string, prefixes: readonly string[] = []) =>
      (await open().find(query(key, prefixes)))?.record.name.key;
    expect(await found('deps-7-4567')).toBe('deps-7-4567');
    expect(await found('deps-3-')).toBe('deps-3-9993');
    expect(await found('none', ['no-', 'deps-'])).toBe('deps-9-9999');
    expect(await found('none', ['deps-11'])).toBeUndefined();
  });

  test('a marker without its truth, or of a write that never ended, is not believed, and prune removes it', async () => {
    await saveFixture(open(), 'a-1', [pack('a')]);
    clock.advance(10);
    await saveFixture(open(), 'a-2', [pack('b')]);
    const { markers } = layoutPaths(dir).partition(name(''));
    await writeFile(join(markers, markerFile('a-3', clock.now() + 50)), '');
    await writeFile(join(markers, markerFile('a-1', clock.now() + 60)), '');
    await writeFile(join(markers, 'no marker at all'), '');
    expect((await open().find(query('a-')))?.record.name.key).toBe('a-2');
    await open().prune();
    expect((await readdir(markers)).sort()).toEqual([
      markerFile('a-1', clock.now() - 10),
      markerFile('a-2', clock.now()),
    ]);
  });

  test('a truth that lost its marker gets it back from prune', async () => {
    await saveFixture(open(), 'a-1', [pack('a')]);
    const { markers } = layoutPaths(dir).partition(name(''));
    await rm(join(markers, markerFile('a-1', clock.now())));
    await open().prune();
    expect((await open().find(query('a-')))?.record.name.key).toBe('a-1');
  });

  test('a record that cannot be read, or that is of another name, is no name, and can be written over', async () => {
    await saveFixture(open(), 'a-1', [pack('a')]);
    const path = truthPath(layoutPaths(dir).partition(name('')), keyHash('a-1'));
    const other = { name: name('other'), target: target('x'), createdAt: clock.now(), fields: {} };
    for (const broken of ['', '{"name":', 'null', encodeRecord(other)]) {
      await writeFile(path, broken);
      expect(await open().find(query('a-1', ['']))).toBeUndefined();
      expect((await open().put(name('a-1'), target('new'), { ifAbsent: true })).written).toBe(true);
      expect((await open().find(query('a-1')))?.record.target).toEqual(target('new'));
    }
  });

  test('a partition that holds nothing any more is removed by prune, and can be used again', async () => {
    await saveFixture(open(), 'a-1', [pack('a')]);
    await open().remove(name('a-1'));
    await open().prune();
    expect(await readdir(join(dir, 'waybill', 'names', 'cache'))).toEqual([]);
    await saveFixture(open(), 'a-1', [pack('a')]);
    expect(await keys()).toEqual(['a-1']);
  });
});

describe('index.json', () => {
  test('has every live name as an entry whose reference name other tools take', async () => {
    const one = await saveFixture(open(), 'a key / with odd characters', [pack('a')]);
    const two = await saveFixture(open(), 'b', [pack('b')]);
    expect(JSON.parse(await readFile(join(dir, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    const index: unknown = JSON.parse(await readFile(join(dir, 'index.json'), 'utf8'));
    const entry = ({ record, manifest }: typeof one) => ({
      mediaType: MediaType.imageManifest,
      digest: manifest.digest,
      size: manifest.size,
      artifactType: 'application/vnd.waybill.snapshot.v1',
      annotations: { [REF]: nameRef(record.name) },
    });
    expect(index).toEqual({ schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [entry(one), entry(two)] });
    expect(nameRef(one.record.name)).toMatch(/^x\.[0-9a-v]{32}$/);
  });

  test('follows overwriting and removing', async () => {
    await saveFixture(open(), 'a', [pack('a')]);
    const again = await saveFixture(open(), 'a', [pack('b')]);
    expect((await indexEntries())?.map(({ digest }) => digest)).toEqual([again.manifest.digest]);
    await open().remove(name('a'));
    expect(await indexEntries()).toEqual([]);
  });

  test('is made anew where it is missing or broken', async () => {
    for (const broken of [undefined, '', '{"manifests":[{}]}']) {
      await saveFixture(open(), 'a', [pack('a')]);
      if (broken === undefined) await rm(join(dir, 'index.json'));
      else await writeFile(join(dir, 'index.json'), broken);
      await saveFixture(open(), 'b', [pack('b')]);
      expect(await refs()).toEqual([nameRef(name('a')), nameRef(name('b'))].sort());
    }
  });

  test('keeps what another tool put there, and prune keeps its blobs', async () => {
    await saveFixture(open(), 'a', [pack('a')]);
    const theirs = blob('of another tool');
    await open().push(theirs.descriptor, theirs.bytes);
    const entry: Descriptor = { ...theirs.descriptor, annotations: { [REF]: 'latest' } };
    await writeFile(
      join(dir, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [...((await indexEntries()) ?? []), entry] }),
    );
    await saveFixture(open(), 'b', [pack('b')]);
    clock.advance(2 * HOUR);
    await open({ maxBytes: 1 }).prune();
    expect(await indexEntries()).toEqual([entry]);
    expect(await storedBlobs()).toEqual([hexOf(theirs.descriptor.digest)]);
  });

  test('a writer that does not get its turn leaves its part to the next', async () => {
    await saveFixture(open(), 'a', [pack('a')]);
    const lock = join(dir, 'waybill', 'index-lock');
    await writeFile(join(lock, `${process.pid}.elsewhere.n`), '');
    const impatient = open({ lock: { sleep: async () => undefined, staleAfterMs: Infinity } });
    await saveFixture(impatient, 'b', [pack('b')]);
    expect(await refs()).toEqual([nameRef(name('a'))]);
    await rm(join(lock, `${process.pid}.elsewhere.n`));
    await saveFixture(open(), 'c', [pack('c')]);
    expect(await refs()).toEqual(['a', 'b', 'c'].map((key) => nameRef(name(key))).sort());
    expect(await readdir(join(dir, 'waybill', 'index-pending'))).toEqual([]);
  });
});

describe('eviction', () => {
  const roomy = { maxBytes: 0, graceMs: HOUR };

  /** Four snapshots of 10,000 bytes, an hour apart; b used last. */
  const fill = async () => {
    const saved = new Map<string, Awaited<ReturnType<typeof saveFixture>>>();
    for (const key of ['a', 'b', 'c', 'd']) {
      saved.set(key, await saveFixture(open(roomy), key, [pack(key, 10_000)]));
      clock.advance(HOUR);
    }
    const used = saved.get('b');
    if (used !== undefined) await open().touch(used.record);
    clock.advance(2 * HOUR);
    return saved;
  };

  test('takes whole snapshots, least recently used first, down to below the cap', async () => {
    const saved = await fill();
    const result = await open({ maxBytes: 25_000 }).prune();
    expect(await keys()).toEqual(['b', 'd']);
    expect(result).toMatchObject({ evictedNames: 2, removedBlobs: 4 });
    const gone = [...(saved.get('a')?.parts ?? []), ...(saved.get('c')?.parts ?? [])].filter(({ size }) => size > 2);
    for (const part of gone) expect(await open().exists(part)).toBe(false);
    for (const part of saved.get('b')?.parts ?? []) await expect(fetchAll(open(), part)).resolves.toBeDefined();
    expect(await refs()).toEqual(['b', 'd'].map((key) => nameRef(name(key))).sort());
  });

  test('does nothing below the cap, and nothing without one', async () => {
    await fill();
    expect(await open({ maxBytes: 60_000 }).prune()).toMatchObject({ evictedNames: 0, removedBlobs: 0 });
    expect(await open({ maxBytes: 0 }).prune()).toMatchObject({ evictedNames: 0, removedBlobs: 0 });
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a put that passes the cap evicts others, never what it has just put', async () => {
    const small = open({ maxBytes: 15_000, graceMs: 0 });
    await saveFixture(small, 'a', [pack('a', 10_000)]);
    clock.advance(HOUR);
    await saveFixture(small, 'b', [pack('b', 10_000)]);
    expect(await keys()).toEqual(['b']);
    clock.advance(HOUR);
    const huge = await saveFixture(small, 'huge', [pack('h', 50_000)]);
    expect(await keys()).toEqual(['huge']);
    for (const part of huge.parts) await expect(fetchAll(small, part)).resolves.toBeDefined();
  });

  test('a pack that a remaining snapshot needs stays, though the one that brought it goes', async () => {
    const shared = pack('s', 10_000);
    await saveFixture(open(roomy), 'a', [shared, pack('a', 5000)]);
    clock.advance(HOUR);
    const b = await saveFixture(open(roomy), 'b', [shared, pack('b', 5000)]);
    clock.advance(2 * HOUR);
    await open({ maxBytes: 18_000 }).prune();
    expect(await keys()).toEqual(['b']);
    for (const part of b.parts) await expect(fetchAll(open(), part)).resolves.toBeDefined();
    expect(await open().exists(blob(pack('a', 5000)).descriptor)).toBe(false);
  });

  test('a manifest with two names lives until both are gone', async () => {
    const { manifest } = await saveFixture(open(roomy), 'a', [pack('a', 10_000)]);
    await open(roomy).put(name('alias'), manifest);
    clock.advance(2 * HOUR);
    await open().remove(name('a'));
    await open().prune();
    await expect(fetchAll(open(), manifest)).resolves.toBeDefined();
    await open().remove(name('alias'));
    await open().prune();
    expect(await storedBlobs()).toEqual([]);
  });

  test('blobs without a name stay for the grace after their last push', async () => {
    const { bytes, descriptor } = blob('not yet named');
    await open().push(descriptor, bytes);
    clock.advance(HOUR - 1000);
    expect(await open().renew(descriptor)).toBe(true);
    clock.advance(HOUR - 1000);
    expect(await open().prune()).toMatchObject({ removedBlobs: 0, totalBytes: bytes.byteLength });
    clock.advance(1000);
    expect(await open().prune()).toMatchObject({ removedBlobs: 1, removedBytes: bytes.byteLength, totalBytes: 0 });
  });

  test('an evicted snapshot is no name at once, though its young bytes stay for the grace', async () => {
    const a = await saveFixture(open(roomy), 'a', [pack('a', 10_000)]);
    clock.advance(1000);
    await saveFixture(open(roomy), 'b', [pack('b', 10_000)]);
    await open({ maxBytes: 15_000 }).prune();
    expect(await keys()).toEqual(['b']);
    for (const part of a.parts) expect(await open().exists(part)).toBe(true);
  });

  test('nothing is removed while the manifest of a young name is missing: what it needs is not known', async () => {
    const a = await saveFixture(open(roomy), 'a', [pack('a')]);
    clock.advance(2 * HOUR);
    await open().put(name('a'), a.manifest);
    const raw = await readFile(pathOf(a.manifest));
    await open().delete(a.manifest);
    expect(await open().prune()).toMatchObject({ evictedNames: 0, removedBlobs: 0 });
    await open().push(a.manifest, raw);
    for (const part of a.parts) await expect(fetchAll(open(), part)).resolves.toBeDefined();
  });

  test('expired names go, with their uses; so do names whose manifest is gone', async () => {
    const a = await saveFixture(open(roomy), 'a', [pack('a')]);
    await open().touch(a.record);
    await open().put(name('a'), a.manifest, { expiresAt: clock.now() + 1000 });
    const b = await saveFixture(open(roomy), 'b', [pack('b')]);
    await open().delete(b.manifest);
    clock.advance(2 * HOUR);
    expect(await open().prune()).toMatchObject({ evictedNames: 2 });
    expect(await collectRecords(open().list({ kind: 'cache' }))).toEqual([]);
    expect(await readdir(join(dir, 'waybill', 'access'))).toEqual([]);
    expect(await storedBlobs()).toEqual([]);
  });

  test('counts what pushes add, so that only a put past the cap scans', async () => {
    const usage = join(dir, 'waybill', 'usage');
    await saveFixture(open(), 'a', [pack('a', 10_000)]);
    const scanned = (await readFile(usage, 'utf8')).trim();
    expect(scanned).toMatch(/^=1\d{4}$/);
    await open().push(blob('more').descriptor, blob('more').bytes);
    expect(await readFile(usage, 'utf8')).toBe(`${scanned}\n4\n`);
  });

  test('an abort stops a prune', async () => {
    await fill();
    await expect(open({ maxBytes: 1 }).prune({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('several processes', () => {
  test('two save, restore and evict in one folder at once: never a wrong byte, and all that is named is whole', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map((who) => startProcess('churn', dir, who, '2500').ended));
    for (const ended of [a, b]) {
      expect(ended).toMatchObject({ code: 0, problems: '' });
      expect(JSON.parse(ended?.out ?? '')).toMatchObject({ wrong: 0, restoredAny: true });
    }
    const store = openLayoutStore(dir, { clock: Date.now });
    const records = await collectRecords(store.list({ kind: 'cache' }));
    expect(records.length).toBeGreaterThan(0);
    // Each saved under seven keys; the cap holds about four snapshots.
    expect(records.length).toBeLessThan(14);
    for (const { target: manifest } of records) {
      for (const part of successors(manifest, await fetchAll(store, manifest))) await fetchAll(store, part);
    }
    for (const hex of await storedBlobs()) {
      expect(hexOf(descriptorOf('', await readFile(join(dir, 'blobs', 'sha256', hex))).digest)).toBe(hex);
    }
    expect(await refs()).toEqual(records.map((record) => nameRef(record.name)).sort());
    expect(await readdir(join(dir, 'waybill', 'tmp'))).toEqual([]);
  });

  test('of three that put the same fifty names if absent, each name has one winner, and stands as the winner wrote it', async () => {
    const whos = ['a', 'b', 'c'];
    const ended = await Promise.all(whos.map((who) => startProcess('race', dir, who, '50').ended));
    const winners = new Map<string, string[]>();
    for (const [at, { code, out, problems }] of ended.entries()) {
      expect({ code, problems }).toEqual({ code: 0, problems: '' });
      for (const key of out.trim().split(' ')) winners.set(key, [...(winners.get(key) ?? []), whos[at] ?? '']);
    }
    const records = await collectRecords(open().list({ kind: 'cache' }));
    expect(records).toHaveLength(50);
    for (const { name: of, target: points } of records) {
      expect((winners.get(of.key) ?? []).map((who) => target(`${who} ${of.key}`))).toEqual([points]);
    }
    expect(new Set(records.map(({ createdAt }) => createdAt)).size).toBe(50);
  });

  test('one that is killed in the middle of a push leaves nothing visible, and prune removes the rest', async () => {
    const { child, ended, said } = startProcess('half-push', dir);
    await said;
    child.kill('SIGKILL');
    await ended;
    const { bytes, descriptor } = blob('half of this is never written');
    const later = openLayoutStore(dir, { clock: () => Date.now() + 2 * HOUR });
    expect(await later.exists(descriptor)).toBe(false);
    expect(await storedBlobs()).toEqual([]);
    expect(await readdir(join(dir, 'waybill', 'tmp'))).toHaveLength(1);
    await openLayoutStore(dir, { clock: Date.now }).prune();
    expect(await readdir(join(dir, 'waybill', 'tmp'))).toHaveLength(1);
    await later.prune();
    expect(await readdir(join(dir, 'waybill', 'tmp'))).toEqual([]);
    expect(await later.push(descriptor, bytes)).toBe('pushed');
  });

  const onPosix = process.platform === 'win32' ? test.skip : test;
  onPosix(
    'one that may only read is told STORE_DENIED by writes, finds and reads as ever, and a use it cannot count is no error',
    async () => {
      const { bytes, descriptor } = blob('known');
      await open().push(descriptor, bytes);
      await open().put(name('known'), descriptor);
      const folders = [
        root,
        ...(await readdir(dir, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isDirectory())
          .map((entry) => join(entry.parentPath, entry.name)),
        dir,
      ];
      for (const folder of folders) await chmod(folder, 0o555);
      const { code, out, problems } = await startProcess('as-nobody', dir).ended;
      for (const folder of folders) await chmod(folder, 0o755);
      expect({ code, problems }).toEqual({ code: 0, problems: '' });
      const denied = { code: 'STORE_DENIED' };
      expect(JSON.parse(out)).toEqual({
        push: denied,
        put: denied,
        prune: denied,
        remove: denied,
        fetch: { ok: true },
        find: { ok: true },
        touch: { ok: true },
      });
    },
  );

  test('a folder that is removed in between is made again by the next write, and reads say what is gone', async () => {
    const store = open();
    const { manifest, record } = await saveFixture(store, 'a', [pack('a')]);
    await rm(dir, { recursive: true });
    expect(await store.find(query('a', ['a']))).toBeUndefined();
    await expect(fetchAll(store, manifest)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    await store.touch(record);
    await rm(dir, { recursive: true });
    await saveFixture(store, 'a', [pack('a')]);
    await expect(fetchAll(store, manifest)).resolves.toBeDefined();
    expect(await refs()).toEqual([nameRef(name('a'))]);
  });
});
