import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, lstatSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { readFiles } from '../threads/read-files.ts';
import { ReadStatus, type ReadTask } from '../threads/tasks.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const planted = (entries: readonly PlantedEntry[]) => {
  const from = site.workspace();
  plantTree(join(from, 'tree'), [{ path: '', kind: 'folder' }, ...entries]);
  return from;
};

const TOKEN = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
const secrets = { allow: false, needles: [Buffer.from(TOKEN)] };

describe('a secret', () => {
  test('of a well-known file ends the save with the file’s name and no snapshot', async () => {
    const from = planted([
      { path: 'a', kind: 'folder' },
      { path: 'a/.npmrc', kind: 'file', content: `//npm.example/:_authToken=${TOKEN}\n` },
    ]);
    const result = await site.trySave(from);
    expect(result).toEqual({ kind: 'secret-found', file: 'tree/a/.npmrc', secret: expect.any(String) });
    expect(JSON.stringify(result)).not.toContain(TOKEN);
    expect([...store.descriptors.values()].filter(({ mediaType }) => mediaType.includes('manifest'))).toEqual([]);
  });

  test.each([0, 700, 1_100_000, 8 * 2 ** 20 - 20, 8 * 2 ** 20, 9_000_000])(
    'of this step is found in any file, %i bytes from its start',
    async (offset) => {
      const content = Buffer.alloc(offset + 1000 + (offset > 1e6 ? 12_000_000 - offset : 0), 'x');
      content.write(TOKEN, offset);
      const from = planted([{ path: 'some file', kind: 'file', content }]);
      expect(await site.trySave(from, { secrets })).toMatchObject({ kind: 'secret-found', file: 'tree/some file' });
    },
  );

  test('is found wherever the parts in which a large file is read meet', async () => {
    const from = planted([{ path: 'large', kind: 'file', content: '' }]);
    const clean = Buffer.alloc(20 * 2 ** 20);
    // Lengths that no window divides: some needle lies across each edge, whatever the chunks.
    for (let at = 0; at < clean.length; at += 4) clean.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);
    for (const edge of [6, 7, 8, 12, 14, 15, 16].map((mib) => mib * 2 ** 20)) {
      const content = Buffer.from(clean);
      for (let at = edge - 2 ** 20; at < edge + 2 ** 20; at += TOKEN.length) content.write(TOKEN, at);
      const one = Buffer.from(clean);
      one.write(TOKEN, edge - 17);
      for (const bytes of [content, one]) {
        writeFileSync(join(from, 'tree/large'), bytes);
        expect(await site.trySave(from, { secrets })).toMatchObject({ kind: 'secret-found', file: 'tree/large' });
      }
    }
  });

  test('is saved where that is allowed', async () => {
    const from = planted([{ path: '.npmrc', kind: 'file', content: `//npm.example/:_authToken=${TOKEN}\n` }]);
    expect(await site.trySave(from, { secrets: { ...secrets, allow: true } })).toMatchObject({
      kind: 'saved',
      files: 1,
    });
  });

  test('is found again in a file that a record knows, since what is a secret may have changed', async () => {
    const from = planted([
      { path: 'a', kind: 'file', content: 'plain' },
      { path: '.npmrc', kind: 'file', content: `//npm.example/:_authToken=${TOKEN}\n` },
    ]);
    const machine = site.remembering();
    const { manifest } = await site.save(from, { machine, secrets: { allow: true, needles: [] } });
    expect(await site.trySave(from, { machine, parent: manifest })).toMatchObject({
      kind: 'secret-found',
      file: 'tree/.npmrc',
    });
  });

  test('that is a private key of nobody knows whom is saved with a notice', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';
    const from = planted([
      { path: 'test', kind: 'folder' },
      { path: 'test/key.pem', kind: 'file', content: pem },
    ]);
    expect(await site.trySave(from)).toMatchObject({ kind: 'saved' });
    expect(site.notices).toEqual([expect.stringContaining('tree/test/key.pem')]);
  });
});

test('fifos and sockets are passed over with a notice, and what is beside them is saved', async () => {
  const from = planted([{ path: 'file', kind: 'file', content: 'x' }]);
  execFileSync('mkfifo', [join(from, 'tree/fifo')]);
  const { files } = await site.save(from);
  expect(files).toBe(1);
  expect(site.notices).toEqual([expect.stringMatching(/^tree\/fifo is a socket, a device or a fifo/)]);
  expect(site.warnings).toEqual([]);
});

test('excludes leave out what they name', async () => {
  const from = planted([
    { path: 'keep', kind: 'file', content: '1' },
    { path: 'drop', kind: 'folder' },
    { path: 'drop/a', kind: 'file', content: '2' },
  ]);
  const paths = ['tree', '!tree/drop'];
  const { manifest, files } = await site.save(from, { paths });
  expect(files).toBe(1);
  const to = site.workspace();
  await site.restore(to, manifest, { paths });
  rmSync(join(from, 'tree/drop'), { recursive: true });
  expect(
    (await site.difference(join(from, 'tree'), join(to, 'tree'))).filter((line) => !line.startsWith('(root): mtime')),
  ).toEqual([]);
});

describe('a file that is not what the walk saw', () => {
  /** A task to read these files, with what they show now. */
  const task = (dir: string, names: readonly string[]): ReadTask => {
    const seen = names.map((name) => lstatSync(join(dir, name), { bigint: true }));
    return {
      kind: 'read',
      id: 1,
      keep: true,
      files: { bases: [dir], base: new Uint32Array(names.length), paths: names.join('\0') },
      size: Float64Array.from(seen, ({ size }) => Number(size)),
      mtime: Float64Array.from(seen, ({ mtimeNs }) => Number(mtimeNs / 1000n)),
      ctime: Float64Array.from(seen, ({ ctimeNs }) => Number(ctimeNs / 1000n)),
      scan: undefined,
    };
  };

  test('is read again, and taken as it is then', () => {
    const from = planted(['a', 'b', 'c'].map((path) => ({ path, kind: 'file' as const, content: `before ${path}` })));
    const dir = join(from, 'tree');
    const asked = task(dir, ['a', 'b', 'c']);
    appendFileSync(join(dir, 'b'), ', and a good deal more of it');
    const { result, group } = readFiles(asked);
    expect([...result.status]).toEqual([ReadStatus.ok, ReadStatus.ok, ReadStatus.ok]);
    expect([...result.size]).toEqual([8, 36, 8]);
    const text = (row: number) => group.bytes.toString('utf8', group.start[row], group.end[row]);
    expect([0, 1, 2].map(text)).toEqual(['before a', 'before b, and a good deal more of it', 'before c']);
    expect(result.mtime[1]).not.toBe(asked.mtime[1]);
  });

  test('is left out where it has gone, is something else now, or has grown too large', () => {
    const from = planted(
      ['gone', 'link', 'fifo', 'folder', 'grown', 'good'].map((path) => ({
        path,
        kind: 'file' as const,
        content: path,
      })),
    );
    const dir = join(from, 'tree');
    const asked = task(dir, ['gone', 'link', 'fifo', 'folder', 'grown', 'good']);
    for (const name of ['gone', 'link', 'fifo', 'folder']) rmSync(join(dir, name));
    symlinkSync('/etc/passwd', join(dir, 'link'));
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    plantTree(join(dir, 'folder'), []);
    writeFileSync(join(dir, 'grown'), Buffer.alloc(2 ** 20 + 1));
    const { unreadable, changed, ok } = ReadStatus;
    const { status } = readFiles(asked).result;
    expect([...status]).toEqual([unreadable, unreadable, expect.any(Number), expect.any(Number), changed, ok]);
    expect([unreadable, changed]).toEqual(expect.arrayContaining([status[2], status[3]]));
  });

  test('is left out of the snapshot with a warning, and the rest is saved', async () => {
    const from = planted([
      { path: 'a', kind: 'file', content: 'a' },
      { path: 'b', kind: 'file', content: 'b' },
      { path: 'large', kind: 'file', content: Buffer.alloc(1_500_000) },
      { path: 'z', kind: 'file', content: 'z' },
    ]);
    const place = (name: string) => join(from, 'tree', name);
    const progress = ({ phase }: { phase: string }) => {
      if (phase !== 'walk') return;
      rmSync(place('b'));
      rmSync(place('large'));
    };
    const { manifest, files } = await site.save(from, { progress, machine: site.remembering() });
    expect(files).toBe(2);
    expect(site.warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^tree\/b is left out/),
        expect.stringMatching(/^tree\/large is left out/),
      ]),
    );
    const to = site.workspace();
    await site.restore(to, manifest);
    chmodSync(join(from, 'tree'), 0o755);
    utimesSync(join(from, 'tree'), 1, 1);
    utimesSync(join(to, 'tree'), 1, 1);
    expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([]);
  });
});
