import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createSpoiltStore,
  type PlantedEntry,
  placesBelow,
  plantTree,
  Site,
  type SpoiltStore,
} from '@waybill/testing/snapshots';
import { createRandom } from '@waybill/testing/trees';
import fc from 'fast-check';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const usable = (name: Buffer) =>
  !['.', '..'].includes(name.toString('latin1')) && !name.toString('latin1').startsWith('.wb-');

/** Any bytes that a Linux file may be called by, and those that trip programs up. */
const names: fc.Arbitrary<Buffer> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('a', 'b', 'A', 'a.b', 'a-b', 'node_modules', '-rf', '--', '.hidden', '...'),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('é', 'e\u0301', '日本', '🚢', 'a\nb', 'a\\b', ' ', '~', '#x', '!x', '*', 'a:b'),
    },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(255), 'ü'.repeat(127)) },
    {
      weight: 2,
      arbitrary: fc
        .uint8Array({ min: 1, minLength: 1, maxLength: 24 })
        .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0xff : byte)))),
    },
  )
  .map((name) => Buffer.from(name))
  .filter(usable);

const sizes = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 65_535, 65_536) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3_500_000) },
);

const mtimes = fc.oneof(
  fc.integer({ min: -3e15, max: 4e15 }),
  fc.constantFrom(0, 1, -1, -1_000_000, 999_999, 1_700_000_000_000_001),
);

const contents = fc.tuple(sizes, fc.nat({ max: 3 })).map(([size, seed]) => {
  const bytes = Buffer.alloc(size, 'abc');
  createRandom(seed).fill(bytes.subarray(0, Math.min(size, 2_000_000)));
  return bytes;
});

const targets = fc.oneof(
  fc.constantFrom('missing', '/etc/passwd', '..', './a', '../../../x', 'a\nb', ' '),
  fc.uint8Array({ min: 1, minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

interface Node extends Omit<PlantedEntry, 'path'> {
  readonly name: Buffer;
  readonly children: readonly Node[];
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      kind: fc.constant('file' as const),
      name: names,
      content: contents,
      mode: fc.constantFrom(0o644, 0o755, 0o444, 0o600, 0o000, 0o777, 0o1644),
      mtimeUs: mtimes,
      children: fc.constant([]),
    }),
    fc.record({
      kind: fc.constant('symlink' as const),
      name: names,
      target: targets,
      mtimeUs: mtimes,
      children: fc.constant([]),
    }),
    fc.record({
      kind: fc.constant('folder' as const),
      name: names,
      mode: fc.constantFrom(0o755, 0o555, 0o700, 0o1777),
      mtimeUs: mtimes,
      children: fc.array(tie('node'), { maxLength: 5 }),
    }),
  ),
}));

/** Parents first, no name twice in a folder. */
function flatten(nodes: readonly Node[], above: Buffer = Buffer.alloc(0)): PlantedEntry[] {
  const seen = new Set<string>();
  return nodes.flatMap(({ name, children, ...entry }) => {
    const id = name.toString('latin1');
    if (seen.has(id)) return [];
    seen.add(id);
    const path = above.length === 0 ? name : Buffer.concat([above, Buffer.from('/'), name]);
    return [{ ...entry, path }, ...flatten(children, path)];
  });
}

const ROOT: PlantedEntry = { path: '', kind: 'folder', mode: 0o755, mtimeUs: 1_600_000_000_123_456 };
const trees = fc.array(node, { maxLength: 8 }).map((nodes) => [ROOT, ...flatten(nodes)]);

/** An ordinary user cannot read every mode, so there the tree is one that can be read. */
const readable = (entries: readonly PlantedEntry[]): PlantedEntry[] =>
  process.getuid?.() === 0 ? [...entries] : entries.map((entry) => ({ ...entry, mode: (entry.mode ?? 0) | 0o444 }));

describe('a tree that was saved', () => {
  test('comes back whole, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (entries) => {
        const [from, to] = [site.workspace(), site.workspace()];
        plantTree(join(from, 'tree'), readable(entries));
        const saved = await site.save(from);
        const restored = await site.restore(to, saved.manifest);
        expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([]);
        expect(restored.digest).toBe(saved.digest);
        expect(restored.files).toBe(entries.filter(({ kind }) => kind === 'file').length);
        expect(restored.writtenFiles).toBe(restored.files);
        expect(site.leftovers()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('has the digest and the packs of its copy, which has other inodes and times', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (entries) => {
        const [one, two] = [site.workspace(), site.workspace()];
        plantTree(join(one, 'tree'), readable(entries));
        plantTree(
          join(two, 'tree'),
          readable(entries).map((entry) => ({ ...entry, mtimeUs: 1e15 })),
        );
        const first = await site.save(one);
        expect((await site.save(two)).digest).toBe(first.digest);
        // With the same times too, nothing at all is new.
        const three = site.workspace();
        plantTree(join(three, 'tree'), readable(entries));
        const before = store.blobs.size;
        const third = await site.save(three);
        expect(third.manifest).toEqual(first.manifest);
        expect(third.uploadedBytes).toBe(0);
        expect(store.blobs.size).toBe(before);
      }),
      { numRuns: 15 },
    );
  });
});

type Edit = 'add' | 'remove' | 'change' | 'rename' | 'chmod' | 'kind' | 'grow' | 'move';
const edits = fc.array(
  fc.tuple(fc.constantFrom<Edit>('add', 'remove', 'change', 'rename', 'chmod', 'kind', 'grow', 'move'), fc.nat()),
  { minLength: 1, maxLength: 6 },
);

/** One change to what stands at a place that the seed picks. */
function applyEdit(top: string, edit: Edit, seed: number): void {
  const random = createRandom(seed);
  const all = placesBelow(top);
  const folders = [Buffer.from(top), ...all.filter((path) => lstatSync(path).isDirectory())];
  const fresh = Buffer.concat([random.pick(folders), Buffer.from(`/new-${random.bits()}`)]);
  for (const folder of folders) chmodSync(folder, 0o755);
  const [found] = all.length === 0 ? [] : [random.pick(all)];
  const isFile = found !== undefined && lstatSync(found).isFile();
  if (isFile) chmodSync(found, 0o644);
  const noise = Buffer.alloc(random.below(3000));
  random.fill(noise);
  if (edit === 'add' || found === undefined) writeFileSync(fresh, noise);
  else if (edit === 'remove') rmSync(found, { recursive: true });
  else if (edit === 'rename')
    renameSync(found, Buffer.concat([found.subarray(0, found.lastIndexOf('/')), Buffer.from(`/to-${random.bits()}`)]));
  else if (edit === 'move' && !fresh.subarray(0, found.length).equals(found)) renameSync(found, fresh);
  else if (edit === 'kind') {
    const wasFile = isFile;
    rmSync(found, { recursive: true });
    if (wasFile) mkdirSync(found);
    else if (random.below(2) === 0) symlinkSync('elsewhere', found);
    else writeFileSync(found, noise);
  } else if (edit === 'chmod' && !lstatSync(found).isSymbolicLink()) chmodSync(found, isFile ? 0o600 : 0o750);
  else if (isFile) appendFileSync(found, edit === 'grow' ? Buffer.alloc(1_200_000, noise) : noise);
}

describe('a chain of saves, each on the one before', () => {
  test('restores as a whole save does, into an empty place and over any older version', async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.array(edits, { minLength: 1, maxLength: 4 }), async (entries, rounds) => {
        const from = site.workspace();
        const top = join(from, 'tree');
        plantTree(top, readable(entries));
        let last = await site.save(from, { machine: site.remembering() });
        const over = site.workspace();
        await site.restore(over, last.manifest);
        for (const round of rounds) {
          for (const [edit, seed] of round) applyEdit(top, edit, seed);
          last = await site.save(from, { machine: site.remembering(), parent: last.manifest });
        }
        const whole = await site.save(from);
        expect(last.digest).toBe(whole.digest);

        const fresh = site.workspace();
        await site.restore(fresh, last.manifest);
        expect(await site.difference(top, join(fresh, 'tree'))).toEqual([]);

        const foreign = join(over, 'tree', 'foreign-file');
        writeFileSync(foreign, 'not of the snapshot');
        await site.restore(over, last.manifest);
        expect(lstatSync(foreign).size).toBe(19);
        rmSync(foreign);
        const differences = await site.difference(top, join(over, 'tree'));
        // What a later version no longer has stays, and so does the time of the folder that it stands in (and of the top, for the file taken out).
        expect(
          differences.filter((line) => !line.endsWith('unexpected') && !/: mtime expected \S+ found \S+$/.test(line)),
        ).toEqual([]);
        expect(site.leftovers()).toEqual([]);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  }, 60_000);
});

describe('a restore over what stands already', () => {
  test('does not touch what is right, puts right what is not, and leaves alone what is not its own', async () => {
    const from = site.workspace();
    const tree: PlantedEntry[] = [
      ROOT,
      { path: 'a', kind: 'folder' },
      { path: 'a/right', kind: 'file', content: 'right' },
      { path: 'a/wrong', kind: 'file', content: 'wrong' },
      { path: 'a/old', kind: 'file', content: 'old' },
      { path: 'a/link', kind: 'symlink', target: 'right' },
      { path: 'b', kind: 'folder' },
      { path: 'b/right', kind: 'file', content: 'also right' },
    ];
    plantTree(join(from, 'tree'), tree);
    const { manifest } = await site.save(from);
    const to = site.workspace();
    await site.restore(to, manifest);
    const place = (path: string) => join(to, 'tree', path);
    const seen = (path: string) => {
      const { ino, ctimeNs, mtimeNs } = lstatSync(place(path), { bigint: true });
      return { ino, ctimeNs, mtimeNs };
    };
    writeFileSync(place('a/wrong'), 'WRONG');
    writeFileSync(place('a/foreign'), 'foreign');
    chmodSync(place('a/old'), 0o600);
    const before = ['a/right', 'a/link', 'a/foreign', 'b', 'b/right'].map((path) => ({ path, ...seen(path) }));
    const inode = seen('a/old').ino;
    const result = await site.restore(to, manifest);
    expect(before.map(({ path }) => ({ path, ...seen(path) }))).toEqual(before);
    expect(seen('a/old').ino).toBe(inode);
    expect(result.writtenFiles).toBe(1);
    rmSync(place('a/foreign'));
    plantTree(join(site.workspace(), 'tree'), tree);
    expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([expect.stringMatching(/^a: mtime/)]);
  });
});
