import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Digest, digestFromBytes } from '../../oci/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { MAX_FRAME_RAW, MAX_PACKS } from './format.ts';
import { FrameTable } from './frame-table.ts';
import {
  encodeLayoutRoot,
  encodeTreeRoot,
  type LayoutRoot,
  parseLayoutRoot,
  parseTreeRoot,
  type TreeRoot,
} from './roots.ts';
import { sha256 } from './sha256.ts';

const CORRUPT = expect.objectContaining({ code: 'SNAPSHOT_CORRUPT', kind: 'integrity' });

const digests: fc.Arbitrary<Digest> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(digestFromBytes);
const treeRoots: fc.Arbitrary<TreeRoot> = fc.record({
  digest: digests,
  roots: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }),
  pages: fc.array(
    fc.record({ digest: digests, entries: fc.nat({ max: 2000 }), size: fc.integer({ min: 8000, max: MAX_FRAME_RAW }) }),
    { maxLength: 6 },
  ),
});

/** Packs with frames one after another, some with gaps; pages anywhere in them. */
const layoutRoots: fc.Arbitrary<LayoutRoot> = fc
  .record({
    digest: digests,
    packs: fc.uniqueArray(
      fc.record({
        digest: digests,
        spare: fc.nat({ max: 100 }),
        frames: fc.array(fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 9000 })), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ digest }) => digest },
    ),
    pages: fc.array(
      fc.array(fc.tuple(digests, fc.nat({ max: MAX_FRAME_RAW }), fc.nat(), fc.nat({ max: MAX_FRAME_RAW })), {
        minLength: 3,
        maxLength: 3,
      }),
      {
        maxLength: 5,
      },
    ),
  })
  .map(({ digest, packs, pages }) => {
    const frames = new FrameTable();
    for (const pack of packs) {
      const size = pack.frames.reduce((sum, [gap, stored]) => sum + gap + stored, pack.spare);
      const row = frames.addPack({ digest: pack.digest, size });
      let end = 0;
      for (const [gap, stored, raw] of pack.frames) {
        const own = {
          pack: row,
          offset: end + gap,
          stored,
          raw,
          digest: sha256(Buffer.from(String(frames.frames.length))),
        };
        frames.addFrame(own);
        end += gap + stored;
      }
    }
    const place = ([own, size, frame, offset]: [Digest, number, number, number]) => ({
      digest: own,
      size,
      frame: frame % frames.frames.length,
      offset,
    });
    const placed = (page: [Digest, number, number, number] | undefined) => place(page ?? [digest, 0, 0, 0]);
    return {
      digest,
      frames,
      pages: pages.map((page) => {
        const { frame, offset } = placed(page[0]);
        return { tree: { frame, offset }, layout: placed(page[1]), mtimes: placed(page[2]) };
      }),
    };
  });

const plain = (layout: LayoutRoot) => ({
  digest: layout.digest,
  pages: layout.pages,
  packs: layout.frames.packs,
  frames: layout.frames.frames.map((frame) => ({ ...frame, digest: Buffer.from(frame.digest).toString('hex') })),
});

/** Throws SNAPSHOT_CORRUPT or gives a value, and never anything else. */
function parses(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    parse(bytes);
    return true;
  } catch (error) {
    expect(error).toEqual(CORRUPT);
    return false;
  }
}

test('both roots come back as they were written', () => {
  fc.assert(fc.property(treeRoots, (root) => expect(parseTreeRoot(encodeTreeRoot(root))).toEqual(root)));
  fc.assert(
    fc.property(layoutRoots, (root) => expect(plain(parseLayoutRoot(encodeLayoutRoot(root)))).toEqual(plain(root))),
  );
});

describe.each([
  ['tree', treeRoots.map((root) => encodeTreeRoot(root)), parseTreeRoot],
  ['layout', layoutRoots.map((root) => encodeLayoutRoot(root)), parseLayoutRoot],
] as const)('the root of the %s', (_, encoded, parse) => {
  test('is refused when it is cut, wherever, or has bytes to spare', () => {
    fc.assert(
      fc.property(encoded, (bytes) => {
        for (let end = 0; end < bytes.length; end++) expect(parses(parse, bytes.subarray(0, end))).toBe(false);
        expect(parses(parse, Buffer.concat([bytes, Buffer.of(0)]))).toBe(false);
      }),
      { numRuns: 15 },
    );
  });

  test('is refused or gives other values where a bit is wrong, and takes no memory that it has no bytes for', () => {
    // The process has run other tests: what counts is what it gains here. Nothing is freed while nothing waits.
    const before = process.memoryUsage().rss;
    let most = before;
    fc.assert(
      fc.property(encoded, (bytes) => {
        for (let bit = 0; bit < Math.min(bytes.length, 400) * 8; bit++) {
          const spoilt = Buffer.from(bytes);
          spoilt[bit >>> 3] = (spoilt[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
          parses(parse, spoilt);
        }
        most = Math.max(most, process.memoryUsage().rss);
      }),
      { numRuns: 10 },
    );
    // Not in the property: a process that is too large would be so for each smaller example as well.
    expect(most - before).toBeLessThan(1e9);
  });

  test('is refused for any bytes at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expect(parses(parse, bytes)).toBe(false)));
  });

  test('is refused for another magic or version', () => {
    const [bytes] = fc.sample(encoded, 1);
    for (let at = 0; at < 5; at++) {
      const spoilt = Buffer.from(bytes ?? []);
      spoilt[at] = (spoilt[at] ?? 0) + 1;
      expect(parses(parse, spoilt)).toBe(false);
    }
  });
});

describe('what a root claims is refused before memory is taken for it', () => {
  const head = (magic: string) => {
    const out = new ByteWriter();
    out.bytes(Buffer.from(`${magic}\x01`));
    out.bytes(Buffer.alloc(32));
    return out;
  };

  test('entries beyond the cap, in one page or together, and more than their page can hold', () => {
    const root = (pages: readonly (readonly [number, number])[]) => {
      const out = head('WBTR');
      out.uvarint(0);
      out.uvarint(pages.length);
      for (const [entries, size] of pages) {
        out.uvarint(entries);
        out.bytes(Buffer.alloc(32));
        out.uvarint(size);
      }
      return out.copy();
    };
    expect(parses(parseTreeRoot, root([[500, 2000]]))).toBe(true);
    expect(parses(parseTreeRoot, root([[501, 2000]]))).toBe(false);
    expect(parses(parseTreeRoot, root([[2_000_001, MAX_FRAME_RAW]]))).toBe(false);
    expect(parses(parseTreeRoot, root(Array.from({ length: 4 }, () => [500_000, MAX_FRAME_RAW] as const)))).toBe(true);
    expect(parses(parseTreeRoot, root(Array.from({ length: 5 }, () => [500_000, MAX_FRAME_RAW] as const)))).toBe(false);
    expect(parses(parseTreeRoot, root([[1, MAX_FRAME_RAW + 1]]))).toBe(false);
  });

  test('packs beyond the cap, packs twice, frames twice, frames that leave their pack', () => {
    const root = (
      packs: readonly (readonly [name: string, size: number, frames: readonly (readonly [string, number])[]])[],
    ) => {
      const out = head('WBLY');
      out.uvarint(packs.length);
      for (const [name, size, frames] of packs) {
        out.bytes(sha256(Buffer.from(name)));
        out.uvarint(size);
        out.uvarint(frames.length);
        for (const [frame, stored] of frames) {
          out.uvarint(0);
          out.uvarint(stored);
          out.uvarint(10);
          out.bytes(sha256(Buffer.from(frame)));
        }
      }
      out.uvarint(0);
      return out.copy();
    };
    const many = (count: number) => Array.from({ length: count }, (_, n) => [`p${n}`, 10, [[`f${n}`, 10]]] as const);
    expect(parses(parseLayoutRoot, root(many(MAX_PACKS)))).toBe(true);
    expect(parses(parseLayoutRoot, root(many(MAX_PACKS + 1)))).toBe(false);
    expect(
      parses(
        parseLayoutRoot,
        root([
          [
            'p',
            20,
            [
              ['a', 10],
              ['b', 10],
            ],
          ],
        ]),
      ),
    ).toBe(true);
    expect(
      parses(
        parseLayoutRoot,
        root([
          [
            'p',
            20,
            [
              ['a', 10],
              ['b', 11],
            ],
          ],
        ]),
      ),
    ).toBe(false);
    expect(
      parses(
        parseLayoutRoot,
        root([
          [
            'p',
            20,
            [
              ['a', 10],
              ['a', 10],
            ],
          ],
        ]),
      ),
    ).toBe(false);
    expect(
      parses(
        parseLayoutRoot,
        root([
          ['p', 20, [['a', 10]]],
          ['p', 20, [['b', 10]]],
        ]),
      ),
    ).toBe(false);
    expect(parses(parseLayoutRoot, root([['p', 2 ** 40, [['a', 2 ** 22]]]]))).toBe(false);
  });

  test('digests that all begin alike, which would take hours to tell apart', () => {
    const out = head('WBLY');
    out.uvarint(1);
    out.bytes(Buffer.alloc(32));
    out.uvarint(2 ** 40);
    out.uvarint(200_000);
    const digest = Buffer.alloc(32);
    for (let n = 0; n < 200_000; n++) {
      digest.writeUInt32LE(n, 20);
      out.uvarint(0);
      out.uvarint(1);
      out.uvarint(1);
      out.bytes(digest);
    }
    out.uvarint(0);
    expect(parses(parseLayoutRoot, out.copy())).toBe(false);
  });
});
