import {
  type Descriptor,
  describe,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  encodeManifest,
  MediaType,
  type Platform,
} from '@waybill/core/oci';
import { layerOf } from './layer-tar.ts';

/** Bytes with the descriptor that they are known by. */
export interface Part {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An image, or anything else that has a manifest: what it reaches, parts before wholes, the root last. */
export interface FixtureImage {
  readonly root: Part;
  readonly parts: readonly Part[];
}

export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const DOCKER = {
  manifest: MediaType.dockerManifest,
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const OCI = { manifest: MediaType.imageManifest, config: CONFIG_TYPE, layer: LAYER_TYPE };
const AMD64: Platform = { os: 'linux', architecture: 'amd64' };

export interface ImageOptions {
  /** What its layers hold; two images of one note are the same image. */
  readonly note: string;
  readonly platform?: Platform;
  /** How many; default 2. */
  readonly layers?: number;
  /** Bytes of each layer's file besides the note; they do not compress. */
  readonly layerBytes?: number;
  readonly format?: 'oci' | 'docker';
  /** More layers, whose bytes are nowhere. */
  readonly foreign?: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image of one platform that other tools can read: layers are archives, the config names their DiffIDs. */
export function image(options: ImageOptions): FixtureImage {
  const { note, platform = AMD64, layers = 2, layerBytes = 0, format = 'oci', foreign = [], annotations } = options;
  const types = format === 'docker' ? DOCKER : OCI;
  const made = Array.from({ length: layers }, (_, i) => {
    const { bytes, diffId } = layerOf(`layer-${i}`, content(`${note} ${i}`, layerBytes));
    return { bytes, diffId, descriptor: describe(types.layer, bytes) };
  });
  const config = json(types.config, {
    ...platform,
    config: {},
    rootfs: { type: 'layers', diff_ids: [...made.map(({ diffId }) => diffId), ...foreign.map(({ digest }) => digest)] },
  });
  const root = encoded({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: [...made.map(({ descriptor }) => descriptor), ...foreign],
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { root, parts: [config, ...made, root] };
}

export interface IndexOptions {
  readonly format?: 'oci' | 'docker';
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An index over these. An entry without a platform is one over something that is no image. */
export function indexOf(
  entries: readonly {
    readonly of: FixtureImage;
    readonly platform?: Platform;
    readonly annotations?: Record<string, string>;
  }[],
  { format = 'oci', annotations }: IndexOptions = {},
): FixtureImage {
  const root = encoded({
    schemaVersion: 2,
    mediaType: format === 'docker' ? MediaType.dockerManifestList : MediaType.imageIndex,
    manifests: entries.map(({ of, platform, annotations: own }) => ({
      mediaType: of.root.descriptor.mediaType,
      digest: of.root.descriptor.digest,
      size: of.root.descriptor.size,
      ...(own === undefined ? {} : { annotations: own }),
      ...(platform === undefined ? {} : { platform }),
    })),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { root, parts: [...new Set(entries.flatMap(({ of }) => of.parts)), root] };
}

/**
 * What BuildKit makes of several platforms: an index with an image for each, and for each an attestation manifest with the
 * platform unknown/unknown (BuildKit, docs/attestations/attestation-storage.md).
 */
export function buildKitIndex(options: ImageOptions & { readonly platforms: readonly Platform[] }): FixtureImage {
  const images = options.platforms.map((platform) => ({
    platform,
    of: image({ ...options, note: `${options.note} ${platform.os}/${platform.architecture}`, platform }),
  }));
  return indexOf([...images, ...images.map(({ of }) => attestationEntry(of))]);
}

/** The entry of an index that holds a provenance for one of its images. */
export function attestationEntry(subject: FixtureImage) {
  const { digest } = subject.root.descriptor;
  const statement = json('application/vnd.in-toto+json', {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: '_', digest: { sha256: digest.slice('sha256:'.length) } }],
    predicate: {},
  });
  const config = json(CONFIG_TYPE, {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [statement.descriptor.digest] },
  });
  const layer = {
    ...statement.descriptor,
    annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
  };
  const root = encoded({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config: config.descriptor,
    layers: [layer],
  });
  return {
    of: { root, parts: [config, statement, root] },
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
  };
}

/** An artifact with one layer; a referrer where it has a subject. */
export function artifact(options: {
  readonly type: string;
  readonly note: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}): FixtureImage {
  const { type, note, subject, annotations } = options;
  const bytes = Buffer.from(note);
  const layer = { bytes, descriptor: describe(type, bytes) };
  const root = encoded({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType: type,
    config: EMPTY_DESCRIPTOR,
    layers: [layer.descriptor],
    ...(subject === undefined
      ? {}
      : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { root, parts: [{ descriptor: EMPTY_DESCRIPTOR, bytes: EMPTY_JSON }, layer, root] };
}

/** An image as `cosign` keeps signatures (`.sig`) and attestations (`.att`): a layer each, its DiffID the layer itself. */
export function cosignImage(payloads: readonly { readonly text: string; readonly signature: string }[]): FixtureImage {
  const layers = payloads.map(({ text, signature }) => {
    const bytes = Buffer.from(text);
    const annotations = { 'dev.cosignproject.cosign/signature': signature };
    return { bytes, descriptor: describe('application/vnd.dev.cosign.simplesigning.v1+json', bytes, annotations) };
  });
  const config = json(CONFIG_TYPE, {
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    history: layers.map(() => ({ created: '0001-01-01T00:00:00Z' })),
    os: '',
    rootfs: { type: 'layers', diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
    config: {},
  });
  const root = encoded({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { root, parts: [config, ...layers, root] };
}

function encoded(value: Parameters<typeof encodeManifest>[0]): Part {
  const { raw, descriptor } = encodeManifest(value);
  return { bytes: raw, descriptor };
}

function json(mediaType: string, value: unknown): Part {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, descriptor: describe(mediaType, bytes) };
}

/** The note, and after it bytes that follow from it and look like noise (xorshift32). */
function content(note: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = [...note].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5) | 1;
  for (let i = 0; i < size; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return Buffer.concat([Buffer.from(note), bytes]);
}
