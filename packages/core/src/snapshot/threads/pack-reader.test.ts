import { describe, expect, test } from '@jest/globals';
import type { ByteStream } from '../../content/index.ts';
import { digestOf } from '../../oci/index.ts';
import type { SnapshotStore } from '../types.ts';
import { PackReader, type Stretch } from './pack-reader.ts';

const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 251));
const PACK = { digest: digestOf(BYTES), size: BYTES.length };

/** A store that gives what it is asked for in pieces of so many bytes, and takes each back when the next is asked for. */
function storeOf(bytes: Buffer, pieceBytes: number) {
  const asked: unknown[] = [];
  const store: SnapshotStore = {
    fetch: async (_descriptor, { range } = {}) => {
      asked.push(range);
      const { start, length } = range ?? { start: 0, length: bytes.length };
      return passing(bytes.subarray(start, start + length), pieceBytes);
    },
    exists: async () => true,
    push: async () => 'exists',
  };
  return { store, asked };
}

async function* passing(bytes: Buffer, pieceBytes: number): ByteStream {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = new Uint8Array(bytes.subarray(at, at + pieceBytes));
    yield piece;
    piece.fill(0xff);
    yield new Uint8Array();
  }
}

async function taken(stretch: Stretch, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const source = await stretch.take({ start, length });
  if (source.kind !== 'bytes') throw new Error('expected bytes');
  expect([source.start, source.bytes.byteLength, source.bytes.byteOffset]).toEqual([start, length, 0]);
  return source.bytes;
}

describe.each([1, 7, 64, 1000, 5000])('in pieces of %d bytes', (pieceBytes) => {
  test('a stretch gives its parts in order, over what lies between them, with one request', async () => {
    const { store, asked } = storeOf(BYTES, pieceBytes);
    const reader = new PackReader(store, undefined);
    const stretch = await reader.open(PACK, { start: 100, length: 500 });
    const parts = [await taken(stretch, 100, 50), await taken(stretch, 150, 1), await taken(stretch, 300, 300)];
    await stretch.close();
    expect(parts.map((part) => Buffer.from(part))).toEqual([
      BYTES.subarray(100, 150),
      BYTES.subarray(150, 151),
      BYTES.subarray(300, 600),
    ]);
    expect(asked).toEqual([{ start: 100, length: 500 }]);
    expect(reader.bytesRead).toBe(500);
  });

  test('what is given back is used again, and what is not is not', async () => {
    const reader = new PackReader(storeOf(BYTES, pieceBytes).store, undefined);
    const stretch = await reader.open(PACK, { start: 0, length: 1000 });
    const first = await taken(stretch, 0, 100);
    const second = await taken(stretch, 100, 100);
    expect(second.buffer).not.toBe(first.buffer);
    reader.giveBack(first.buffer);
    const third = await taken(stretch, 200, 300);
    expect(third.buffer).toBe(first.buffer);
    expect([Buffer.from(second), Buffer.from(third)]).toEqual([BYTES.subarray(100, 200), BYTES.subarray(200, 500)]);
  });

  test('a whole pack is asked for without a range', async () => {
    const { store, asked } = storeOf(BYTES, pieceBytes);
    expect(await new PackReader(store, undefined).read(PACK, { start: 0, length: 1000 })).toEqual(BYTES);
    expect(asked).toEqual([undefined]);
  });

  test.each([
    ['shorter', BYTES.subarray(0, 999)],
    ['longer', Buffer.concat([BYTES, Buffer.of(1)])],
  ])('a pack that is %s than it should be is corrupt', async (text, bytes) => {
    const { store } = storeOf(bytes, pieceBytes);
    const stretch = await new PackReader(store, undefined).open(PACK, { start: 0, length: 1000 });
    await taken(stretch, 0, 900);
    await expect(stretch.take({ start: 900, length: 100 })).rejects.toMatchObject({
      code: 'SNAPSHOT_CORRUPT',
      message: expect.stringContaining(`is ${text} than it should be`),
    });
  });
});
