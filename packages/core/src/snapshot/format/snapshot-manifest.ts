import { fetchAll } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import {
  type Descriptor,
  type Digest,
  EMPTY_DESCRIPTOR,
  encodeManifest,
  isDigest,
  MAX_MANIFEST_BYTES,
  type Manifest,
  MediaType,
  parseManifest,
} from '../../oci/index.ts';
import type { SnapshotInfo, SnapshotStore } from '../types.ts';
import { corrupt } from './byte-reader.ts';
import { FORMAT_MAJOR, MAX_ROOT_BYTES, type Pack, SNAPSHOT_TYPE_PATTERN, SnapshotType } from './format.ts';

const TITLE = 'org.opencontainers.image.title';
const TREE_DIGEST = 'dev.waybill.tree.digest';

/** A snapshot's manifest, taken apart. */
export interface SnapshotManifest extends SnapshotInfo {
  readonly tree: Descriptor;
  readonly layout: Descriptor;
  readonly packs: readonly Descriptor[];
}

export interface ManifestParts {
  readonly digest: Digest;
  readonly tree: Descriptor;
  readonly layout: Descriptor;
  readonly packs: readonly Pack[];
  readonly extra: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** The OCI artifact manifest of a snapshot: tree, layout, packs, then what else is said of it. */
export function encodeSnapshotManifest(parts: ManifestParts) {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType: SnapshotType.artifact,
    config: EMPTY_DESCRIPTOR,
    layers: [
      titled(parts.tree, 'tree'),
      titled(parts.layout, 'layout'),
      ...parts.packs.map((pack) => titled({ mediaType: SnapshotType.pack, ...pack }, packTitle(pack))),
      ...parts.extra,
    ],
    annotations: { ...parts.annotations, [TREE_DIGEST]: parts.digest },
  };
  return encodeManifest(manifest);
}

/**
 * The snapshot behind this descriptor, verified against it.
 * @throws WaybillError `SNAPSHOT_NEWER_FORMAT`, `SNAPSHOT_CORRUPT`, or the store's
 */
export async function fetchSnapshotManifest(
  store: SnapshotStore,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<SnapshotManifest> {
  const raw = await fetchAll(store, descriptor, { maxBytes: MAX_MANIFEST_BYTES, ...(signal ? { signal } : {}) });
  const { value } = parseManifest(raw);
  const major = SNAPSHOT_TYPE_PATTERN.exec(value.artifactType ?? '')?.[1];
  if (major === undefined) throw corrupt(`its artifactType is ${JSON.stringify(value.artifactType)}`);
  if (Number(major) > FORMAT_MAJOR) {
    throw new WaybillError(
      'SNAPSHOT_NEWER_FORMAT',
      `the snapshot ${descriptor.digest} has format ${major}; this version reads format ${FORMAT_MAJOR}`,
      { kind: 'user', hint: 'Use the newer version in both steps, or save under another key.' },
    );
  }
  const digest = value.annotations?.[TREE_DIGEST];
  if (!isDigest(digest)) throw corrupt('it does not name the digest of its tree');
  return {
    digest,
    annotations: value.annotations ?? {},
    tree: only(value, SnapshotType.tree),
    layout: only(value, SnapshotType.layout),
    packs: value.layers.filter((layer) => layer.mediaType === SnapshotType.pack),
  };
}

/** What a look-up shows of a snapshot. @throws as {@link fetchSnapshotManifest} */
export async function readSnapshotInfo(
  store: SnapshotStore,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<SnapshotInfo> {
  const { digest, annotations } = await fetchSnapshotManifest(store, descriptor, signal);
  return { digest, annotations };
}

function only(manifest: Manifest, mediaType: string): Descriptor {
  const found = manifest.layers.filter((layer) => layer.mediaType === mediaType);
  const [layer] = found;
  if (layer === undefined || found.length > 1) throw corrupt(`${found.length} layers are ${mediaType}, expected one`);
  if (layer.size > MAX_ROOT_BYTES) throw corrupt(`a root has ${layer.size} bytes`);
  return layer;
}

function titled(descriptor: Descriptor, title: string): Descriptor {
  return { ...descriptor, annotations: { ...descriptor.annotations, [TITLE]: title } };
}

/** Says what it is to a person who pulls the artifact with another tool. */
function packTitle(pack: Pack): string {
  return `${pack.digest.slice('sha256:'.length, 'sha256:'.length + 16)}.pack`;
}
