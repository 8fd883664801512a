import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fetchAll } from '@waybill/core/content';
import fc from 'fast-check';
import { blob, collect, pieces, type StoreCapabilities, type StoreUnderTest } from './store-under-test.ts';

/** What every store must do with bytes. */
export function describeBytes(makeStore: () => Promise<StoreUnderTest>, can: StoreCapabilities): void {
  describe('bytes', () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await makeStore();
    });
    afterEach(() => under.dispose());

    const isAbsent = async (descriptor: ReturnType<typeof blob>['descriptor']) => {
      expect(await under.store.exists(descriptor)).toBe(false);
      await expect(fetchAll(under.again, descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    };

    test('what was pushed is there, for every opening, byte for byte', async () => {
      const { bytes, descriptor } = blob('hello');
      expect(await under.store.exists(descriptor)).toBe(false);
      expect(await under.store.push(descriptor, bytes)).toBe('pushed');
      expect(await under.again.exists(descriptor)).toBe(true);
      expect((await fetchAll(under.again, descriptor)).equals(bytes)).toBe(true);
    });

    test('pushing twice says exists, and does not read the content again', async () => {
      const { bytes, descriptor } = blob('twice');
      await under.store.push(descriptor, bytes);
      const unread = () => {
        throw new Error('read again');
      };
      expect(await under.store.push(descriptor, unread)).toBe('exists');
    });

    test('renewing, where it does, tells what is there from what is not, and leaves nothing of the latter', async () => {
      const { bytes, descriptor } = blob('renewed');
      expect(await under.store.renew?.(descriptor)).not.toBe(true);
      await isAbsent(descriptor);
      await under.store.push(descriptor, bytes);
      expect(await under.again.renew?.(descriptor)).not.toBe(false);
      expect((await fetchAll(under.store, descriptor)).equals(bytes)).toBe(true);
    });

    test('what is likely new is stored whether it was there or not, and only then', async () => {
      const { bytes, descriptor } = blob('likely new');
      const wrong = { ...descriptor, digest: blob('something else').descriptor.digest };
      await expect(under.store.push(wrong, bytes, { likelyNew: true })).rejects.toMatchObject({
        code: expect.stringMatching(/^(DIGEST|SIZE)_MISMATCH$/),
      });
      await isAbsent(wrong);
      expect(await under.store.push(descriptor, bytes, { likelyNew: true })).toBe('pushed');
      expect(['pushed', 'exists']).toContain(await under.again.push(descriptor, bytes, { likelyNew: true }));
      expect((await fetchAll(under.store, descriptor)).equals(bytes)).toBe(true);
    });

    test('a stream of many pieces is stored whole, empty pieces too', async () => {
      const { bytes, descriptor } = blob(Buffer.alloc(3_000_001, 'stream'));
      const open = () =>
        pieces(bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1, 2_000_000), bytes.subarray(2_000_000));
      await under.store.push(descriptor, open);
      expect((await fetchAll(under.store, descriptor)).equals(bytes)).toBe(true);
    });

    test('the empty blob is a blob', async () => {
      const { bytes, descriptor } = blob('');
      await isAbsent(descriptor);
      expect(await under.store.push(descriptor, bytes)).toBe('pushed');
      expect(await under.store.exists(descriptor)).toBe(true);
      expect((await fetchAll(under.store, descriptor)).byteLength).toBe(0);
    });

    test('a blob that nobody pushed is BLOB_UNKNOWN', () => isAbsent(blob('never').descriptor));

    test('a range is exactly that part, also an empty one and one at the end', async () => {
      const { bytes, descriptor } = blob(Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => i % 251)));
      await under.store.push(descriptor, bytes);
      for (const [start, length] of [
        [0, 1],
        [7, 1000],
        [1_999_999, 1],
        [2_000_000, 0],
        [100, 1_900_000],
        [0, 2_000_000],
      ] as const) {
        const part = await collect(await under.store.fetch(descriptor, { range: { start, length } }));
        expect(part.equals(bytes.subarray(start, start + length))).toBe(true);
      }
    });

    test.each([
      [-1, 1],
      [0, 6],
      [5, 1],
      [1.5, 1],
      [0, -1],
    ])('a range from %p of %p outside the blob is RANGE_INVALID', async (start, length) => {
      const { bytes, descriptor } = blob('hello');
      await under.store.push(descriptor, bytes);
      await expect(under.store.fetch(descriptor, { range: { start, length } })).rejects.toMatchObject({
        code: 'RANGE_INVALID',
      });
    });

    test('bytes of another digest are refused and never visible', async () => {
      const { descriptor } = blob('right');
      const wrong = blob('wrong').bytes;
      await expect(under.store.push(descriptor, wrong)).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
        kind: 'integrity',
      });
      await expect(under.store.push(descriptor, () => pieces(wrong))).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
      await isAbsent(descriptor);
      await isAbsent(blob('wrong').descriptor);
    });

    test.each(['righ', 'right and more', ''])(
      'bytes of another size (%p) are refused and never visible',
      async (text) => {
        const { descriptor } = blob('right');
        await expect(under.store.push(descriptor, blob(text).bytes)).rejects.toMatchObject({
          code: 'SIZE_MISMATCH',
          kind: 'integrity',
        });
        await isAbsent(descriptor);
      },
    );

    test('an endless stream is stopped at the size that was named', async () => {
      const { descriptor } = blob('right');
      let given = 0;
      const endless = async function* () {
        for (;;) {
          given += 1;
          yield new Uint8Array(3);
        }
      };
      await expect(under.store.push(descriptor, endless)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
      expect(given).toBeLessThan(5);
    });

    test('a source that fails in the middle fails the push with its own error, and nothing is visible', async () => {
      const { bytes, descriptor } = blob('a source that fails');
      const failing = async function* () {
        yield bytes.subarray(0, 5);
        throw Object.assign(new Error('the source is gone'), { code: 'ENOENT', syscall: 'read' });
      };
      await expect(under.store.push(descriptor, failing)).rejects.toThrow('the source is gone');
      await isAbsent(descriptor);
    });

    test('an abort in the middle of a push ends it with the reason of the signal, and nothing is visible', async () => {
      const { bytes, descriptor } = blob('aborted');
      const abort = new AbortController();
      const source = async function* () {
        yield bytes.subarray(0, 3);
        abort.abort(new Error('enough'));
        yield bytes.subarray(3);
      };
      await expect(under.store.push(descriptor, source, { signal: abort.signal })).rejects.toThrow('enough');
      await isAbsent(descriptor);
    });

    test('an aborted signal stops a fetch and a look-up for existence', async () => {
      const { bytes, descriptor } = blob('there');
      await under.store.push(descriptor, bytes);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(under.store.fetch(descriptor, { signal })).rejects.toThrow('enough');
      await expect(under.store.exists(descriptor, { signal })).rejects.toThrow('enough');
    });

    test('a stream that is left after one piece leaves the store usable', async () => {
      const { bytes, descriptor } = blob(Buffer.alloc(2_000_000, 'x'));
      await under.store.push(descriptor, bytes);
      for await (const piece of await under.store.fetch(descriptor)) {
        expect(piece.byteLength).toBeGreaterThan(0);
        break;
      }
      expect((await fetchAll(under.store, descriptor)).equals(bytes)).toBe(true);
    });

    test('eight pushes of one blob at once all succeed', async () => {
      const { bytes, descriptor } = blob(Buffer.alloc(100_000, 'race'));
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 === 0 ? under.store : under.again).push(descriptor, () => pieces(bytes)),
        ),
      );
      expect(outcomes).toContain('pushed');
      expect((await fetchAll(under.store, descriptor)).equals(bytes)).toBe(true);
    });

    if (can.deletes) {
      test('what is deleted is gone, and can be pushed again', async () => {
        const { bytes, descriptor } = blob('deleted');
        await under.store.push(descriptor, bytes);
        expect(await under.store.delete?.(descriptor)).toBe(true);
        expect(await under.store.delete?.(descriptor)).toBe(false);
        await isAbsent(descriptor);
        expect(await under.store.push(descriptor, bytes)).toBe('pushed');
      });
    }

    test('whatever is pushed, rightly or wrongly: what is there verifies, what was refused is not there', async () => {
      const step = fc.record({
        bytes: fc.uint8Array({ maxLength: 300 }),
        damage: fc.constantFrom('none', 'cut', 'flip', 'longer'),
      });
      const run = async (steps: readonly { bytes: Uint8Array; damage: string }[]) => {
        const stored = new Map<string, ReturnType<typeof blob>>();
        const refused: ReturnType<typeof blob>[] = [];
        for (const { bytes, damage } of steps) {
          const whole = blob(bytes);
          const sent = damaged(bytes, damage);
          const known = stored.has(whole.descriptor.digest) || (await under.store.exists(whole.descriptor));
          const outcome = await under.store.push(whole.descriptor, () => pieces(sent)).catch(() => 'refused');
          expect(outcome).toBe(known ? 'exists' : damage === 'none' ? 'pushed' : 'refused');
          if (outcome === 'refused') refused.push(whole);
          else stored.set(whole.descriptor.digest, whole);
        }
        for (const { bytes, descriptor } of stored.values()) {
          expect((await fetchAll(under.again, descriptor)).equals(bytes)).toBe(true);
        }
        for (const { descriptor } of refused)
          expect(await under.again.exists(descriptor)).toBe(stored.has(descriptor.digest));
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), run), { numRuns: 25 });
    });
  });
}

function damaged(bytes: Uint8Array, damage: string): Uint8Array {
  if (damage === 'none') return bytes;
  const copy = Buffer.concat([bytes, Buffer.from([0])]);
  if (damage === 'longer' || bytes.byteLength === 0) return copy;
  if (damage === 'cut') return bytes.subarray(0, -1);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy.subarray(0, -1);
}
