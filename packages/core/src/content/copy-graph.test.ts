import { describe, expect, test } from '@jest/globals';
import { blob, fakeClock } from '@waybill/testing/store-suite';
import { type Descriptor, EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '../oci/index.ts';
import { copyGraph } from './copy-graph.ts';
import { fetchAll } from './fetch-all.ts';
import { createMemoryStore } from './memory-store.ts';
import type { Store } from './ports.ts';

const memory = () => createMemoryStore({ clock: fakeClock().now });

function manifestOf(layers: readonly Descriptor[]) {
  return encodeManifest({ schemaVersion: 2, mediaType: MediaType.imageManifest, config: EMPTY_DESCRIPTOR, layers });
}

/** An index of two manifests that share a layer and the empty config: six blobs. */
async function graph() {
  const store = memory();
  const [shared, one, two] = [blob('shared'), blob('one'), blob('two')] as const;
  for (const { bytes, descriptor } of [shared, one, two]) await store.push(descriptor, bytes);
  await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
  const manifests = [manifestOf([shared.descriptor, one.descriptor]), manifestOf([shared.descriptor, two.descriptor])];
  const index = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageIndex,
    manifests: manifests.map(({ descriptor }) => descriptor),
  });
  for (const { descriptor, raw } of [...manifests, index]) await store.push(descriptor, raw);
  return { store, root: index.descriptor, shared, one, two, manifests };
}

/** The store, and the order in which blobs arrived there. */
function recording(store: Store) {
  const order: string[] = [];
  const push: Store['push'] = async (descriptor, content, options) => {
    const outcome = await store.push(descriptor, content, options);
    order.push(descriptor.digest);
    return outcome;
  };
  return { order, store: { ...store, push } };
}

describe('copyGraph', () => {
  test('copies every blob once, parts before the manifest that names them, the root last', async () => {
    const { store, root, manifests, shared, one } = await graph();
    const to = recording(memory());
    const result = await copyGraph(store, to.store, root);
    expect(result).toMatchObject({ copiedBlobs: 7, skippedBlobs: 0 });
    expect(new Set(to.order).size).toBe(7);
    expect(to.order.at(-1)).toBe(root.digest);
    const [first] = manifests;
    for (const part of [shared, one]) {
      expect(to.order.indexOf(part.descriptor.digest)).toBeLessThan(to.order.indexOf(first?.descriptor.digest ?? ''));
    }
    await expect(fetchAll(to.store, root)).resolves.toBeDefined();
  });

  test('copies nothing the second time', async () => {
    const { store, root } = await graph();
    const to = memory();
    await copyGraph(store, to, root);
    expect(await copyGraph(store, to, root)).toEqual({ copiedBlobs: 0, copiedBytes: 0, skippedBlobs: 7 });
  });

  test('brings back a part that the target lost, though it has the root', async () => {
    const { store, root, two } = await graph();
    const to = memory();
    await copyGraph(store, to, root);
    await to.delete(two.descriptor);
    expect(await copyGraph(store, to, root)).toEqual({
      copiedBlobs: 1,
      copiedBytes: two.descriptor.size,
      skippedBlobs: 6,
    });
  });

  test('a part that is missing or damaged fails the copy, and the manifests over it are not written', async () => {
    const { store, root, two, manifests } = await graph();
    const damaged: Store = {
      ...store,
      fetch: async (descriptor, options) =>
        descriptor.digest === two.descriptor.digest
          ? store.fetch(blob('one').descriptor, options)
          : store.fetch(descriptor, options),
    };
    const to = memory();
    await expect(copyGraph(damaged, to, root)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await store.delete(two.descriptor);
    await expect(copyGraph(store, to, root)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(await to.exists(root)).toBe(false);
    expect(await to.exists(manifests[1]?.descriptor ?? root)).toBe(false);
  });

  test('never has more blobs on their way than it may', async () => {
    const { store, root } = await graph();
    let running = 0;
    let most = 0;
    const to = memory();
    const push: Store['push'] = async (descriptor, content, options) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      const outcome = await to.push(descriptor, content, options);
      running -= 1;
      return outcome;
    };
    await copyGraph(store, { ...to, push }, root, { concurrency: 2 });
    expect(most).toBe(2);
  });

  test('an abort ends it with the reason of the signal', async () => {
    const { store, root } = await graph();
    await expect(copyGraph(store, memory(), root, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
