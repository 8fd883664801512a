import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createSpoiltStore } from '@waybill/testing/snapshots';
import { createRandom } from '@waybill/testing/trees';
import { digestOf } from '../../oci/index.ts';
import { MAX_FRAME_RAW, MAX_FRAME_STORED, MAX_PACKS, PACK_MAX, PACK_MIN } from '../format/format.ts';
import { compressFrame, openFrame } from '../format/frame.ts';
import { FrameTable } from '../format/frame-table.ts';
import { sha256 } from '../format/sha256.ts';
import { descriptorOf, PackReader } from '../threads/pack-reader.ts';
import type { FrameBytes } from '../threads/tasks.ts';
import { settleFrames } from './final-frames.ts';
import { PackWriter } from './pack-writer.ts';
import { Sequencer } from './sequencer.ts';

const CORRUPT = expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' });

const noise = (size: number, seed: number) => {
  const bytes = Buffer.alloc(size);
  createRandom(seed).fill(bytes);
  return bytes;
};

describe('a frame', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.of(7)],
    ['the largest run of zeros', Buffer.alloc(MAX_FRAME_RAW)],
    ['the largest run of noise', noise(MAX_FRAME_RAW, 1)],
  ])('gives back %s', (_, raw) => {
    for (const level of [1, 4, 19]) {
      const stored = compressFrame(raw, level);
      expect(stored.length).toBeLessThanOrEqual(MAX_FRAME_STORED);
      expect(openFrame(stored, sha256(stored), raw.length).equals(raw)).toBe(true);
      if (raw.length > 1e6) return;
    }
  });

  test('is held against its digest before anything is done with it', () => {
    const stored = compressFrame(Buffer.from('some bytes'), 3);
    expect(() => openFrame(stored, sha256(Buffer.from('others')), 10)).toThrow(CORRUPT);
    expect(() => openFrame(Buffer.alloc(0), sha256(stored), 10)).toThrow(CORRUPT);
  });

  test('is refused for any other raw size than it says', () => {
    const stored = compressFrame(Buffer.alloc(1000), 3);
    for (const size of [0, 1, 999, 1001, MAX_FRAME_RAW])
      expect(() => openFrame(stored, sha256(stored), size)).toThrow(CORRUPT);
  });

  test('is refused where it is no zstd, is cut off, or wants a window of more than 2 MiB', () => {
    const opened = (stored: Buffer, size: number) => () => openFrame(stored, sha256(stored), size);
    expect(opened(Buffer.from('plain text'), 10)).toThrow(CORRUPT);
    const whole = compressFrame(noise(5000, 2), 3);
    expect(opened(whole.subarray(0, whole.length - 1), 5000)).toThrow(CORRUPT);
    // A frame header (RFC 8878, 3.1.1) without content size: window log 27, one empty last block.
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]);
    expect(opened(wide, 0)).toThrow(CORRUPT);
  });

  test('unpacks no further than its raw size, however much is in it', () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 2 ** 20));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => openFrame(bomb, sha256(bomb), MAX_FRAME_RAW)).toThrow(CORRUPT);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
  });
});

/** A frame of so many stored bytes; its digest's first byte says whether a pack may end with it. */
function frame(size: number, id: number, ends = false): FrameBytes {
  const digest = Buffer.from(sha256(Buffer.from(String(id))));
  digest[0] = ends ? 4 : 5;
  return { stored: Buffer.alloc(size, id), digest, raw: size };
}

const MIB = 2 ** 20;

describe('packs', () => {
  test('end after 4 MiB where a frame’s digest says so, and before 16 MiB in any case', async () => {
    const store = createSpoiltStore();
    const writer = new PackWriter(store, 1, undefined);
    let id = 0;
    await writer.add(frame(MIB, id++, true));
    for (let n = 0; n < 3; n++) await writer.add(frame(MIB, id++, true));
    expect(writer.packs.map(({ size }) => size)).toEqual([4 * MIB]);
    for (let n = 0; n < 20; n++) await writer.add(frame(MIB, id++));
    await writer.finish();
    expect(writer.packs.map(({ size }) => size)).toEqual([4 * MIB, 16 * MIB, 4 * MIB]);
    expect(PACK_MIN).toBe(4 * MIB);
    expect(PACK_MAX).toBe(16 * MIB);
    for (const { pack, offset, stored, digest } of writer.frames) {
      const bytes = store.blobs.get(writer.packs[pack]?.digest ?? digestOf(Buffer.alloc(0)));
      expect(bytes?.subarray(offset, offset + stored).every((byte) => byte === (bytes[offset] ?? -1))).toBe(true);
      expect(digest).toHaveLength(32);
    }
    expect(writer.uploadedBytes).toBe(24 * MIB);
  });

  test('grow with the scale', async () => {
    const writer = new PackWriter(createSpoiltStore(), 2, undefined);
    for (let n = 0; n < 9; n++) await writer.add(frame(MIB, n, true));
    await writer.finish();
    expect(writer.packs.map(({ size }) => size)).toEqual([8 * MIB, MIB]);
  });

  test('hold a frame once, and none at all are pushed where nothing was added', async () => {
    const store = createSpoiltStore();
    const writer = new PackWriter(store, 1, undefined);
    await writer.finish();
    expect(store.blobs.size).toBe(0);
    expect(await writer.add(frame(10, 1))).toBe(0);
    expect(await writer.add(frame(10, 2))).toBe(1);
    expect(await writer.add(frame(10, 1))).toBe(0);
    await writer.finish();
    expect(writer.packs.map(({ size }) => size)).toEqual([20]);
  });

  test('that the store does not take end the save with the store’s error', async () => {
    const store = createSpoiltStore();
    store.beforePush = () => {
      throw new Error('no space');
    };
    const writer = new PackWriter(store, 1, undefined);
    const all = async () => {
      for (let n = 0; n < 60; n++) await writer.add(frame(MIB, n, true));
      await writer.finish();
    };
    await expect(all()).rejects.toThrow('no space');
    await expect(writer.finish()).rejects.toThrow('no space');
  });

  test('that the store has already are no upload', async () => {
    const store = createSpoiltStore();
    for (let round = 0; round < 2; round++) {
      const writer = new PackWriter(store, 1, undefined);
      await writer.add(frame(10, 1));
      await writer.finish();
      expect(writer.uploadedBytes).toBe(round === 0 ? 10 : 0);
    }
  });
});

describe('the frames of a new snapshot', () => {
  /** A parent of packs that hold so many true frames each, and its store. */
  async function parentOf(packs: number, framesEach: number) {
    const store = createSpoiltStore();
    const table = new FrameTable();
    for (let p = 0; p < packs; p++) {
      const writer = new PackWriter(store, 1, undefined);
      for (let f = 0; f < framesEach; f++) {
        const raw = noise(100, p * 1000 + f);
        const stored = compressFrame(raw, 1);
        await writer.add({ stored, digest: sha256(stored), raw: raw.length });
      }
      await writer.finish();
      const [pack] = writer.packs;
      if (pack === undefined) throw new RangeError('there is a pack');
      const row = table.addPack(pack);
      for (const own of writer.frames) table.addFrame({ ...own, pack: row });
    }
    return { store, table };
  }

  async function settle(packs: number, framesEach: number, used: readonly number[]) {
    const { store, table } = await parentOf(packs, framesEach);
    const writer = new PackWriter(store, 1, undefined);
    const reader = new PackReader(store, undefined);
    const final = await settleFrames(new Set(used), table, writer, reader);
    // Every frame that is needed is where the new table says, with its bytes.
    for (const number of used) {
      const own = final.table.frames[final.rowOf.get(number) ?? -1];
      const pack = final.table.packs[own?.pack ?? -1];
      if (own === undefined || pack === undefined) throw new RangeError(`frame ${number} is lost`);
      const stored = await reader.read(pack, { start: own.offset, length: own.stored });
      expect(sha256(stored).equals(table.frames[number]?.digest ?? Buffer.alloc(0))).toBe(true);
    }
    return { final, writer, store, table };
  }

  test('leave a pack of which a quarter is needed where it is', async () => {
    const { final, writer } = await settle(2, 4, [0, 4, 5, 6]);
    expect(final.table.packs).toHaveLength(2);
    expect(final.reusedPacks).toHaveLength(2);
    expect(writer.packs).toHaveLength(0);
    expect(final.reusedBytes).toBe(final.table.frames.reduce((sum, { stored }) => sum + stored, 0));
  });

  test('take what is left of a pack of which less is needed to a new one', async () => {
    const { final, writer, table } = await settle(2, 5, [0, 5, 6, 7]);
    expect(writer.packs).toHaveLength(1);
    expect(writer.frames).toHaveLength(1);
    expect(final.reusedPacks).toEqual([table.packs[1]]);
  });

  test('need no more than 512 packs, whatever the parent needed', async () => {
    const used = Array.from({ length: MAX_PACKS }, (_, n) => n);
    const roomy = await settle(MAX_PACKS - 1, 1, used.slice(0, -1));
    expect(roomy.final.table.packs).toHaveLength(MAX_PACKS - 1);
    const full = await settle(MAX_PACKS, 1, used);
    expect(full.final.table.packs.length).toBeLessThanOrEqual(MAX_PACKS / 2 + 1);
    expect(full.final.table.frames).toHaveLength(MAX_PACKS);
  });

  test('are not moved with bytes that are not theirs', async () => {
    const { store, table } = await parentOf(1, 8);
    const [pack] = table.packs;
    if (pack === undefined) throw new RangeError('there is a pack');
    store.blobs.set(pack.digest, Buffer.alloc(pack.size));
    const settled = settleFrames(
      new Set([3]),
      table,
      new PackWriter(store, 1, undefined),
      new PackReader(store, undefined),
    );
    await expect(settled).rejects.toEqual(CORRUPT);
    store.blobs.delete(descriptorOf(pack).digest);
  });
});

describe('a sequencer', () => {
  test('lets numbers pass in their order, whenever they come', async () => {
    const order = new Sequencer();
    const passed: number[] = [];
    const pass = async (number: number) => {
      await order.wait(number);
      passed.push(number);
      order.done();
    };
    await Promise.all([3, 1, 4, 0, 2].map(pass));
    expect(passed).toEqual([0, 1, 2, 3, 4]);
  });

  test('rejects all who wait, and all who come, once somebody has failed', async () => {
    const order = new Sequencer();
    const waiting = [order.wait(1), order.wait(2)];
    order.fail(new Error('first'));
    order.fail(new Error('second'));
    for (const wait of waiting) await expect(wait).rejects.toThrow('first');
    await expect(order.wait(0)).rejects.toThrow('first');
  });
});
