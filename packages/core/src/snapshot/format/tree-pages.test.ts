import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../oci/index.ts';
import { groupFiles } from '../threads/file-groups.ts';
import { ByteWriter } from './byte-writer.ts';
import { type ContentLocations, createLocations } from './content-locations.ts';
import { at, EntryKind, EntryTable } from './entry-table.ts';
import { MAX_FRAME_RAW, MAX_PAGE_ENTRIES, MAX_WHOLE_FILE, MIN_FRAME_RAW } from './format.ts';
import { FrameTable } from './frame-table.ts';
import { readLayoutPage, writeLayoutPage } from './layout-page.ts';
import { sha256 } from './sha256.ts';
import { pageEnds, readMtimePage, readTreePage, writeEntry, writeMtimePage } from './tree-page.ts';

const CORRUPT = expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' });

interface Row {
  readonly kind: EntryKind;
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

const byteStrings = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<EntryKind>(1, 2, 3),
    path: byteStrings,
    mode: fc.integer({ min: 0, max: 0o1777 }),
    size: fc.maxSafeNat(),
    target: byteStrings,
  }),
  { maxLength: 30 },
);

function tableOf(list: readonly Row[]): EntryTable {
  const entries = new EntryTable(1);
  for (const { kind, path, mode, size, target } of list) {
    const isFile = kind === EntryKind.file;
    const row = entries.add(3, path, kind, kind === EntryKind.symlink ? 0 : mode, isFile ? size : 0, 0);
    if (isFile) entries.setDigest(row, sha256(Buffer.from(path)), 0);
    if (kind === EntryKind.symlink) entries.target.set(row, target);
  }
  return entries;
}

const contentOf = (entries: EntryTable) => ({
  rows: entries.path.map((path, row) => [
    path,
    at(entries.root, row),
    at(entries.kind, row),
    at(entries.mode, row),
    at(entries.size, row),
    entries.digest.toString('hex', row * 32, row * 32 + 32),
  ]),
  targets: [...entries.target],
});

function pageOf(entries: EntryTable): Buffer {
  const out = new ByteWriter(1);
  for (let row = 0; row < entries.count; row++) writeEntry(out, entries, row);
  return out.copy();
}

describe('a page of the tree', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const entries = tableOf(list);
        const read = new EntryTable(1);
        readTreePage(pageOf(entries), entries.count, read);
        expect(contentOf(read)).toEqual(contentOf(entries));
      }),
    );
  });

  test('is refused when it is cut, wherever, or has other entries than it should', () => {
    fc.assert(
      fc.property(
        rows.filter((list) => list.length > 0),
        (list) => {
          const page = pageOf(tableOf(list));
          for (let end = 0; end < page.length; end++) {
            expect(() => readTreePage(page.subarray(0, end), list.length, new EntryTable(1))).toThrow(CORRUPT);
          }
          expect(() => readTreePage(page, list.length - 1, new EntryTable(1))).toThrow(CORRUPT);
          expect(() => readTreePage(page, list.length + 1, new EntryTable(1))).toThrow(CORRUPT);
        },
      ),
      { numRuns: 20 },
    );
  });

  test.each([0, 4, 255])('is refused for an entry of the kind %i', (kind) => {
    expect(() => readTreePage(Buffer.of(kind, 0, 1, 97, 0, 0), 1, new EntryTable(1))).toThrow(CORRUPT);
  });

  test('is refused for a mode with more than permissions and the sticky bit', () => {
    const page = (mode: number) => Buffer.of(1, 0, 0, mode & 255, mode >>> 8);
    expect(() => readTreePage(page(0o1777), 1, new EntryTable(1))).not.toThrow();
    for (const mode of [0o2755, 0o4755, 0o100755]) {
      expect(() => readTreePage(page(mode), 1, new EntryTable(1))).toThrow(CORRUPT);
    }
  });
});

describe('a page of mtimes', () => {
  const roundTrip = (times: readonly number[]): number[] => {
    const entries = new EntryTable(1);
    for (const time of times) entries.add(0, '', EntryKind.file, 0, 0, time);
    const out = new ByteWriter(1);
    writeMtimePage(out, entries, 0, entries.count);
    const read = new EntryTable(1);
    for (const _ of times) read.add(0, '', EntryKind.file, 0, 0, 0);
    readMtimePage(out.copy(), read, 0, times.length);
    return [...read.mtime.subarray(0, times.length)];
  };

  test('keeps every µs from 1827 to 2112, in any order', () => {
    const limit = 2 ** 52 - 1;
    expect(roundTrip([limit, -limit, limit, 0, -1, 1, -limit])).toEqual([limit, -limit, limit, 0, -1, 1, -limit]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -limit, max: limit })), (times) => {
        expect(roundTrip(times)).toEqual(times);
      }),
    );
  });

  test('takes what lies further away for the nearest that it can keep', () => {
    expect(roundTrip([2 ** 60, -(2 ** 60), 5])).toEqual([2 ** 52 - 1, -(2 ** 52) + 1, 5]);
  });

  test('is refused where its sums leave that range', () => {
    const out = new ByteWriter();
    out.varint(2 ** 52 - 1);
    out.varint(1);
    const entries = new EntryTable(2);
    expect(() => readMtimePage(out.copy(), entries, 0, 2)).toThrow(CORRUPT);
    expect(() => readMtimePage(out.copy(), entries, 0, 3)).toThrow(CORRUPT);
    expect(() => readMtimePage(out.copy(), entries, 0, 1)).toThrow(CORRUPT);
  });
});

describe('a page of the layout', () => {
  const RAW = 2_000_000;

  /** Two frames; files of all sorts, of which one has three chunks and one follows another. */
  function sample(): { entries: EntryTable; locations: ContentLocations; frames: FrameTable } {
    const frames = new FrameTable();
    const pack = frames.addPack({ digest: digestOf(Buffer.alloc(1)), size: 10_000 });
    for (const n of [0, 1])
      frames.addFrame({ pack, offset: n * 100, stored: 100, raw: RAW, digest: sha256(Buffer.of(n)) });
    const entries = new EntryTable(8);
    entries.add(0, '', EntryKind.folder, 0o755, 0, 0);
    for (const [path, size] of [
      ['a', 10],
      ['b', 20],
      ['c', 0],
      ['d', MAX_WHOLE_FILE + 300_000],
      ['e', MAX_WHOLE_FILE],
    ] as const) {
      entries.add(0, path, EntryKind.file, 0o644, size, 0);
    }
    entries.target.set(entries.add(0, 'f', EntryKind.symlink, 0, 0, 0), 'a');
    const locations = createLocations(entries.count);
    locations.frame.set([-1, 1, 1, -1, -1, 0, -1]);
    locations.offset.set([0, 5, 15, 0, 0, 77, 0]);
    const chunk = (size: number, frame: number, offset: number) => ({
      size,
      frame,
      offset,
      digest: sha256(Buffer.of(size & 255)),
    });
    locations.chunks.set(4, [
      chunk(MAX_WHOLE_FILE, 1, 35),
      chunk(200_000, 1, 35 + MAX_WHOLE_FILE),
      chunk(100_000, 0, 3),
    ]);
    return { entries, locations, frames };
  }

  function encode({ entries, locations, frames }: ReturnType<typeof sample>): Buffer {
    const out = new ByteWriter(1);
    writeLayoutPage(out, entries, locations, (row) => frames.frames[row]?.digest ?? Buffer.alloc(32), 0, entries.count);
    return out.copy();
  }

  test('comes back as it was written', () => {
    const { entries, locations, frames } = sample();
    const read = createLocations(entries.count);
    readLayoutPage(encode({ entries, locations, frames }), entries, read, frames, 0, entries.count);
    expect(read).toEqual(locations);
  });

  test('is refused when it is cut, wherever; a wrong bit is refused or found by its digest, and never read past a frame', () => {
    const given = sample();
    const page = encode(given);
    const { entries, frames } = given;
    for (let end = 0; end < page.length; end++) {
      expect(() =>
        readLayoutPage(page.subarray(0, end), entries, createLocations(entries.count), frames, 0, entries.count),
      ).toThrow(CORRUPT);
    }
    let accepted = 0;
    for (let bit = 0; bit < page.length * 8; bit++) {
      const spoilt = Buffer.from(page);
      spoilt[bit >>> 3] = (spoilt[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      const read = createLocations(entries.count);
      try {
        readLayoutPage(spoilt, entries, read, frames, 0, entries.count);
      } catch (error) {
        expect(error).toEqual(CORRUPT);
        continue;
      }
      accepted++;
      for (let row = 0; row < entries.count; row++) {
        if (at(read.frame, row) >= 0) expect(at(read.offset, row) + at(entries.size, row)).toBeLessThanOrEqual(RAW);
        for (const each of read.chunks.get(row) ?? []) expect(each.offset + each.size).toBeLessThanOrEqual(RAW);
      }
    }
    expect(accepted).toBeLessThan(page.length * 8);
  });

  test('is refused where it claims more frames than it has bytes for, or one that the layout does not list', () => {
    const { entries, frames } = sample();
    const read = (page: Buffer) =>
      readLayoutPage(page, entries, createLocations(entries.count), frames, 0, entries.count);
    expect(() => read(Buffer.from('ffffffff0f', 'hex'))).toThrow(CORRUPT);
    expect(() => read(Buffer.concat([Buffer.of(1), Buffer.alloc(400)]))).toThrow(CORRUPT);
  });
});

describe('where pages and frames end', () => {
  const named = (count: number) => Array.from({ length: count }, (_, n) => `folder-${n % 40}/file-${n * 7919}`).sort();
  const table = (paths: readonly string[], size = 3000) => {
    const entries = new EntryTable(paths.length);
    for (const path of paths) entries.add(0, path, EntryKind.file, 0o644, size, 0);
    return entries;
  };
  const cuts = (paths: readonly string[], ends: readonly number[]) => ends.map((end) => paths[end - 1]);

  test('is told by paths: pages of about 512 entries, none above the cap, and nothing left over', () => {
    const paths = named(20_000);
    const ends = pageEnds(table(paths));
    expect(ends.at(-1)).toBe(20_000);
    expect(ends.length).toBeGreaterThan(20);
    expect(ends.length).toBeLessThan(80);
    let start = 0;
    for (const end of ends) {
      expect(end - start).toBeLessThanOrEqual(MAX_PAGE_ENTRIES);
      start = end;
    }
    expect(pageEnds(table([]))).toEqual([]);
  });

  test('an entry more or less changes one page, and two at most where it is itself an end', () => {
    const paths = named(8000);
    const before = new Set(cuts(paths, pageEnds(table(paths))));
    for (let n = 0; n < 50; n++) {
      const more = [...paths, `folder-${n % 40}/new-${n * 104_729}`].sort();
      const after = cuts(more, pageEnds(table(more)));
      expect(after.filter((cut) => !before.has(cut)).length).toBeLessThanOrEqual(1);
      expect([...before].filter((cut) => !after.includes(cut)).length).toBeLessThanOrEqual(1);
    }
  });

  test('groups of files have 1 to 2 MiB, and a file more moves one boundary', () => {
    const paths = named(6000);
    const all = paths.map((_, row) => row);
    const entries = table(paths);
    const groups = groupFiles(entries, all);
    expect(groups.flat()).toEqual(all);
    for (const group of groups.slice(0, -1)) {
      expect(group.length * 3000).toBeLessThanOrEqual(MAX_FRAME_RAW);
      expect(group.length * 3000).toBeGreaterThanOrEqual(MIN_FRAME_RAW - 3000);
    }
    const lasts = (list: readonly string[]) =>
      groupFiles(
        table(list),
        list.map((_, row) => row),
      ).map((group) => list[group.at(-1) ?? 0]);
    const before = lasts(paths);
    let moved = 0;
    for (let n = 0; n < 20; n++) {
      const more = [...paths, `folder-${n % 40}/new-${n * 104_729}`].sort();
      const after = lasts(more);
      moved += after.filter((cut) => !before.includes(cut)).length;
    }
    expect(moved / 20).toBeLessThan(2);
  });

  test('a file of the largest size has a group of its own, or with what fits beside it', () => {
    const entries = new EntryTable();
    for (const size of [MAX_WHOLE_FILE, MAX_WHOLE_FILE, MAX_WHOLE_FILE, 1])
      entries.add(0, 'x', EntryKind.file, 0, size, 0);
    expect(groupFiles(entries, [0, 1, 2, 3])).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(groupFiles(entries, [])).toEqual([]);
  });
});
