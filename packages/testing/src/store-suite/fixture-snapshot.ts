import type { KeyedStore, NameRecord, Store } from '@waybill/core/content';
import { type Descriptor, EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '@waybill/core/oci';
import { blob, name } from './store-under-test.ts';

export const FIXTURE_TYPE = 'application/vnd.waybill.snapshot.v1';

export interface FixtureSnapshot {
  readonly record: NameRecord;
  readonly manifest: Descriptor;
  /** Everything that the manifest reaches, itself included. */
  readonly parts: readonly Descriptor[];
}

/** Saves an artifact manifest over these packs under a key, as a save does: parts, manifest, name, then a look whether all is still there. */
export async function saveFixture(
  store: Store & KeyedStore,
  key: string,
  packs: readonly Uint8Array[],
): Promise<FixtureSnapshot> {
  const layers = packs.map(blob);
  const { raw, descriptor: manifest } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType: FIXTURE_TYPE,
    config: EMPTY_DESCRIPTOR,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: { 'vnd.waybill.key': key },
  });
  const contents = [
    ...layers,
    { bytes: EMPTY_JSON, descriptor: EMPTY_DESCRIPTOR },
    { bytes: raw, descriptor: manifest },
  ];
  for (const { bytes, descriptor } of contents) await store.push(descriptor, bytes);
  const result = await store.put(name(key), manifest);
  if (!result.written) throw new Error(`${key} was not written`);
  for (const { bytes, descriptor } of contents)
    if (!(await store.exists(descriptor))) await store.push(descriptor, bytes);
  return { record: result.record, manifest, parts: contents.map(({ descriptor }) => descriptor) };
}
