import { type Descriptor, encodeManifest, type Manifest, MediaType, parseManifest } from '../../oci/index.ts';
import type { FetchedManifest } from '../types.ts';

/**
 * The layers of the second that the first lacks. Two signatures of one payload are one layer with two annotations, so
 * both count.
 */
export function lackingLayers(into: Manifest, from: Manifest): readonly Descriptor[] {
  const has = new Set(into.layers.map(identity));
  return from.layers.filter((layer) => !has.has(identity(layer)));
}

function identity({ digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([digest, Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * A config for these layers, made from another: cosign's layers are not compressed, so that each is its own DiffID
 * (OCI image-spec, config.md).
 */
export function configOf(old: Uint8Array, layers: readonly Descriptor[]): Uint8Array {
  const json: unknown = parseJson(old);
  const base = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
  const history: readonly unknown[] = 'history' in base && Array.isArray(base.history) ? base.history : [];
  const config = {
    ...base,
    ...(history.length === 0 ? {} : { history: layers.map((_, i) => history[i] ?? history[0]) }),
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  return new TextEncoder().encode(JSON.stringify(config));
}

/** The first with more layers, over another config. */
export function withLayers(
  manifest: Manifest,
  config: Descriptor,
  added: readonly Descriptor[],
): Pick<FetchedManifest, 'raw' | 'descriptor'> {
  return encodeManifest({ ...manifest, config, layers: [...manifest.layers, ...added] });
}

/** The manifest as an image of signatures; undefined where it is something else. */
export function readLayers({ raw, descriptor }: FetchedManifest): Manifest | undefined {
  if (descriptor.mediaType !== MediaType.imageManifest && descriptor.mediaType !== MediaType.dockerManifest)
    return undefined;
  return parseManifest(raw).value;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
