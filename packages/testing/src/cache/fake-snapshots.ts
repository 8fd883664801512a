import type { Snapshots } from '@waybill/core/cache';
import { fetchAll } from '@waybill/core/content';
import { describe, EMPTY_DESCRIPTOR, encodeManifest, MediaType, parseManifest } from '@waybill/core/oci';
import type { RestoreSnapshotOptions, SaveSnapshotOptions, SaveSnapshotResult } from '@waybill/core/snapshot';

/** Stands in for the reading and writing of trees: a tree is one text, and a snapshot is a manifest with that text as its layer. */
export interface FakeSnapshots extends Snapshots {
  /** What lies on disk: what a save takes, and a restore replaces. */
  tree: string;
  /** Thrown by the next call, whichever it is, and only by that. */
  failure: Error | undefined;
  /** What the next save finds instead of files. */
  finding: Exclude<SaveSnapshotResult, { kind: 'saved' }> | undefined;
  /** What the calls were asked, in order. */
  readonly saves: SaveSnapshotOptions[];
  readonly restores: RestoreSnapshotOptions[];
  /** The statements that were made about saves. */
  readonly statements: Uint8Array[];
}

const TREE_TYPE = 'application/vnd.example.tree';

export function createFakeSnapshots(tree: string): FakeSnapshots {
  const fail = () => {
    const { failure } = fake;
    fake.failure = undefined;
    if (failure !== undefined) throw failure;
  };
  const fake: FakeSnapshots = {
    tree,
    failure: undefined,
    finding: undefined,
    saves: [],
    restores: [],
    statements: [],
    async saveSnapshot(options): Promise<SaveSnapshotResult> {
      fake.saves.push(options);
      fail();
      if (fake.finding !== undefined) return fake.finding;
      const bytes = new TextEncoder().encode(fake.tree);
      const layer = describe(TREE_TYPE, bytes);
      const pushed = await options.store.push(layer, bytes);
      const statement = options.statement?.({ tree: layer, layout: layer, digest: layer.digest });
      if (statement !== undefined) fake.statements.push(statement.bytes);
      const { raw, descriptor } = encodeManifest({
        schemaVersion: 2,
        mediaType: MediaType.imageManifest,
        config: EMPTY_DESCRIPTOR,
        layers: [layer],
        annotations: options.annotations,
      });
      await options.store.push(descriptor, raw);
      const result = options.parent === undefined ? 'new' : pushed === 'exists' ? 'unchanged' : 'delta';
      return {
        kind: 'saved',
        result,
        manifest: descriptor,
        digest: layer.digest,
        files: 1,
        rawBytes: bytes.byteLength,
        uploadedBytes: pushed === 'pushed' ? bytes.byteLength : 0,
        reusedBytes: pushed === 'pushed' ? 0 : bytes.byteLength,
        reusedPacks: options.parent !== undefined && pushed === 'exists' ? [layer] : [],
      };
    },
    async restoreSnapshot(options) {
      fake.restores.push(options);
      fail();
      const { value } = parseManifest(await fetchAll(options.store, options.manifest));
      const [layer] = value.layers;
      if (layer === undefined) throw new Error('a snapshot without a layer');
      const bytes = await fetchAll(options.store, layer);
      const text = new TextDecoder().decode(bytes);
      const writtenFiles = text === fake.tree ? 0 : 1;
      fake.tree = text;
      return {
        digest: layer.digest,
        files: 1,
        bytes: bytes.byteLength,
        writtenFiles,
        downloadedBytes: bytes.byteLength,
      };
    },
  };
  return fake;
}
