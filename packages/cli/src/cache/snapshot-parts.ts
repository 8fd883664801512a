import { fetchAll } from '@waybill/core/content';
import { parseStatement, STATEMENT_MEDIA_TYPE, type Statement } from '@waybill/core/intoto';
import { type Descriptor, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '@waybill/core/oci';
import type { Bytes } from '../session/index.ts';

/** What a snapshot is stored as. */
export interface SnapshotParts {
  readonly manifest: Manifest;
  /** Bytes of all its blobs; other snapshots may share them. */
  readonly storedBytes: number;
  readonly packs: readonly Descriptor[];
  /** Who saved it, out of what; undefined where it does not say. */
  readonly statement: Statement | undefined;
}

const PACK = /^application\/vnd\.waybill\.snapshot\.pack\./;

/** Reads a snapshot's manifest and statement, both verified. @throws WaybillError as `fetchAll`, `parseManifest`, `parseStatement` */
export async function readSnapshotParts(store: Bytes, target: Descriptor, signal: AbortSignal): Promise<SnapshotParts> {
  const { value: manifest } = parseManifest(await fetchAll(store, target, { maxBytes: MAX_MANIFEST_BYTES, signal }));
  const layer = manifest.layers.find(({ mediaType }) => mediaType === STATEMENT_MEDIA_TYPE);
  return {
    manifest,
    storedBytes: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    packs: manifest.layers.filter(({ mediaType }) => PACK.test(mediaType)),
    statement: layer === undefined ? undefined : parseStatement(await fetchAll(store, layer, { signal })),
  };
}
