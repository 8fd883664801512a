import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bytesOf, collectAll, plantChain, put, type RefStoreUnderTest, textOf } from './ref-store-under-test.ts';

const REF = 'refs/waybill/channel/app/production';
const UNKNOWN = '0123456789abcdef0123456789abcdef01234567';
const HOSTILE = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  '.git/config',
  'a/.git/b',
  '--help',
  '-',
  'a:b',
  'a\0b',
  'a\nb',
  'ä',
];

/** What every ref store must do with commits and their files. */
export function describeCommits(makeStore: () => Promise<RefStoreUnderTest>): void {
  describe('commits', () => {
    let under: RefStoreUnderTest;
    beforeEach(async () => {
      under = await makeStore();
    });
    afterEach(() => under.dispose());

    test('a file is read back byte for byte, through every opening', async () => {
      const every = Uint8Array.from({ length: 1024 }, (_, i) => i % 256);
      const files = {
        'record.json': every,
        'empty.json': new Uint8Array(0),
        'digests/ab/cd.json': bytesOf('deep\r\n'),
      };
      const commit = await under.store.commit({ files, message: 'files' });
      await under.store.move(REF, commit, { expected: undefined });
      for (const store of [under.store, await under.open()]) {
        const tip = (await store.resolve(REF)) ?? '';
        for (const [path, bytes] of Object.entries(files)) {
          expect(Buffer.from((await store.readFile(tip, path)) ?? []).equals(bytes)).toBe(true);
        }
        expect(await store.readFile(tip, 'other.json')).toBeUndefined();
        expect(await store.readFile(tip, 'digests/ab/other.json')).toBeUndefined();
        expect(await store.readFile(tip, 'digests/ff/cd.json')).toBeUndefined();
        expect(await store.readFile(tip, 'record.json/below')).toBeUndefined();
      }
    });

    test('a file of many commits comes in the order of the commits', async () => {
      const ids = [await put(under.store, '1'), await put(under.store, '2'), await put(under.store, '3')];
      const bare = await under.store.commit({ files: { 'a/record.json': bytesOf('deep') }, message: 'm' });
      for (const [i, id] of [...ids, bare].entries())
        await under.store.move(`refs/waybill/build/app/${i}`, id, { expected: undefined });
      const [one = '', two = '', three = ''] = ids;
      for (const store of [under.store, await under.open()]) {
        const read = async (commits: readonly string[], path = 'record.json') =>
          (await store.readFiles(commits, path)).map(textOf);
        expect(await read([three, one, bare, two, one])).toEqual(['3', '1', undefined, '2', '1']);
        expect(await read([bare, one], 'a/record.json')).toEqual(['deep', undefined]);
        expect(await read([bare], 'a')).toEqual([undefined]);
        expect(await read([])).toEqual([]);
      }
      const unknown = { code: 'COMMIT_UNKNOWN', kind: 'integrity' };
      await expect(under.store.readFiles([one, UNKNOWN], 'record.json')).rejects.toMatchObject(unknown);
      await expect(under.store.readFiles(['HEAD'], 'record.json')).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
    });

    test('a folder is no file', async () => {
      const commit = await under.store.commit({ files: { 'digests/ab/cd.json': bytesOf('x') }, message: 'm' });
      expect(await under.store.readFile(commit, 'digests')).toBeUndefined();
      expect(await under.store.readFile(commit, 'digests/ab')).toBeUndefined();
    });

    test("a commit has its parent's files, and those that it sets", async () => {
      const parent = await under.store.commit({
        files: { 'record.json': bytesOf('1'), 'digests/ab/1.json': bytesOf('a'), 'digests/cd/2.json': bytesOf('b') },
        message: '1',
      });
      await under.store.move(REF, parent, { expected: undefined });
      const again = await under.open();
      const tip = (await again.resolve(REF)) ?? '';
      const child = await again.commit({
        parent: tip,
        files: { 'record.json': bytesOf('2'), 'digests/ab/3.json': bytesOf('c'), 'digests/cd/2.json': bytesOf('d') },
        message: '2',
      });
      await again.move(REF, child, { expected: tip });
      const read = async (path: string) => textOf(await under.store.readFile(child, path));
      expect(await under.store.resolve(REF)).toBe(child);
      expect(await read('record.json')).toBe('2');
      expect(await read('digests/ab/1.json')).toBe('a');
      expect(await read('digests/ab/3.json')).toBe('c');
      expect(await read('digests/cd/2.json')).toBe('d');
      expect(textOf(await under.store.readFile(parent, 'digests/cd/2.json'))).toBe('b');
    });

    test('every file below a folder comes, and no other, in the order of the paths', async () => {
      const files = {
        'record.json': bytesOf('1'),
        'digests/cd/2.json': bytesOf('b'),
        'digests/ab/1.json': bytesOf('a'),
      };
      const commit = await under.store.commit({ files, message: '1' });
      await under.store.move(REF, commit, { expected: undefined });
      const again = await under.open();
      const tip = (await again.resolve(REF)) ?? '';
      const found = await collectAll(again.files(tip, 'digests'));
      expect(found.map(({ path, bytes }) => [path, textOf(bytes)])).toEqual([
        ['digests/ab/1.json', 'a'],
        ['digests/cd/2.json', 'b'],
      ]);
      expect(await collectAll(again.files(tip, 'none'))).toEqual([]);
      expect(await collectAll(again.files(tip, 'record.json'))).toEqual([]);
    });

    test('a parent is known without its ref', async () => {
      const [first = '', second = ''] = await plantChain(under.store, REF, 2);
      const again = await under.open();
      expect(await again.parent(second)).toBe(first);
      expect(await again.parent(first)).toBeUndefined();
    });

    test('a history is walked from its newest commit to its first', async () => {
      const ids = await plantChain(under.store, REF, 20);
      const again = await under.open();
      const walked = await collectAll(again.history(ids.at(-1) ?? '', 'record.json'));
      expect(walked.map(({ commit }) => commit)).toEqual([...ids].reverse());
      expect(walked.map(({ file }) => textOf(file))).toEqual(ids.map((_, i) => String(20 - i)));
      expect(walked.map(({ parents }) => parents)).toEqual([...Array.from({ length: 19 }, () => 1), 0]);
    });

    test('a history may be left before its end', async () => {
      const ids = await plantChain(under.store, REF, 12);
      const again = await under.open();
      for await (const { commit } of again.history(ids.at(-1) ?? '', 'record.json')) {
        expect(commit).toBe(ids.at(-1));
        break;
      }
      expect(textOf(await again.readFile(ids[3] ?? '', 'record.json'))).toBe('4');
    });

    test('a commit without the file is part of the history', async () => {
      const bare = await under.store.commit({ files: { 'other.json': bytesOf('x') }, message: 'm' });
      const child = await put(under.store, '2', bare);
      const walked = await collectAll(under.store.history(child, 'record.json'));
      expect(walked.map(({ file }) => textOf(file))).toEqual(['2', undefined]);
    });

    test('a message may hold anything', async () => {
      const message = '--amend\n\nÄ "quoted" $(touch x) \\ \t# comment\n';
      const commit = await under.store.commit({ files: { 'record.json': bytesOf('1') }, message });
      expect(await under.store.move(REF, commit, { expected: undefined })).toBe(true);
    });

    test('a commit that is not there is an error that says so', async () => {
      const unknown = { code: 'COMMIT_UNKNOWN', kind: 'integrity' };
      await expect(under.store.readFile(UNKNOWN, 'record.json')).rejects.toMatchObject(unknown);
      await expect(under.store.parent(UNKNOWN)).rejects.toMatchObject(unknown);
      await expect(collectAll(under.store.history(UNKNOWN, 'record.json'))).rejects.toMatchObject(unknown);
      await expect(put(under.store, 'x', UNKNOWN)).rejects.toMatchObject(unknown);
      await expect(under.store.move(REF, UNKNOWN, { expected: undefined })).rejects.toMatchObject(unknown);
    });

    test('what is no id of a commit is never looked up', async () => {
      for (const text of ['HEAD', 'main', '--all', `${UNKNOWN}^`, UNKNOWN.toUpperCase(), UNKNOWN.slice(1)]) {
        await expect(under.store.readFile(text, 'record.json')).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
        await expect(put(under.store, 'x', text)).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
      }
    });

    test('a path that this house does not write is refused', async () => {
      const refused = { code: 'TREE_PATH_INVALID' };
      const commit = await put(under.store, 'x');
      for (const path of HOSTILE) {
        await expect(under.store.readFile(commit, path)).rejects.toMatchObject(refused);
        await expect(under.store.readFiles([commit], path)).rejects.toMatchObject(refused);
        await expect(collectAll(under.store.files(commit, path))).rejects.toMatchObject(refused);
        await expect(collectAll(under.store.history(commit, path))).rejects.toMatchObject(refused);
        const files = { [path]: bytesOf('x') };
        await expect(under.store.commit({ files, message: 'm' })).rejects.toMatchObject(refused);
      }
    });
  });
}
