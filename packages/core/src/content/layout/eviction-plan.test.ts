import { expect, test } from '@jest/globals';
import { name, target } from '@waybill/testing/store-suite';
import fc from 'fast-check';
import { type Digest, digestOf } from '../../oci/index.ts';
import { planEviction } from './eviction-plan.ts';
import type { StoredBlob, UsedName } from './scan.ts';

const blobs: ReadonlyMap<Digest, StoredBlob> = new Map(
  [1, 2, 3, 4, 5].map((i) => {
    const digest = digestOf(Buffer.from([i]));
    return [digest, { digest, size: i * 100, touchedAt: 0 }];
  }),
);
const digests = [...blobs.keys()];

function used(index: number): UsedName {
  const record = { name: name(`k${index}`), target: target(`t${index}`), createdAt: index, fields: {} };
  return { record, lastUsed: index };
}

const sizeOf = (sets: readonly (ReadonlySet<Digest> | undefined)[]) =>
  [...new Set(sets.flatMap((set) => [...(set ?? [])]))].reduce(
    (sum, digest) => sum + (blobs.get(digest)?.size ?? 0),
    0,
  );

test('evicts the least recently used and no more than it must, shared blobs counted once', () => {
  const parts = fc.subarray(digests).map((some) => new Set(some));
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 8 }),
      parts,
      fc.nat(2000),
      fc.nat(7),
      (reaches, pinned, maxBytes, kept) => {
        const names = reaches.map((_, index) => used(index));
        const reach = new Map(names.map((each, index) => [each, reaches[index] ?? new Set<Digest>()]));
        const keep = (each: UsedName) => each.lastUsed === kept;
        const targetBytes = Math.floor(maxBytes / 2);
        const evicted = planEviction({
          names,
          blobs,
          reach: (each) => reach.get(each) ?? new Set(),
          pinned,
          keep,
          maxBytes,
          targetBytes,
        });

        const bytesWithout = (gone: readonly UsedName[]) =>
          sizeOf([pinned, ...names.filter((each) => !gone.includes(each)).map((each) => reach.get(each))]);
        const evictable = names.filter((each) => !keep(each));
        expect(evicted).toEqual(evictable.slice(0, evicted.length));
        if (bytesWithout([]) <= maxBytes) expect(evicted).toEqual([]);
        else if (evicted.length < evictable.length) expect(bytesWithout(evicted)).toBeLessThanOrEqual(targetBytes);
        if (evicted.length > 0) expect(bytesWithout(evicted.slice(0, -1))).toBeGreaterThan(targetBytes);
      },
    ),
  );
});
