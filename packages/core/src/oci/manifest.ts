import { WaybillError } from '../errors/index.ts';
import { type Descriptor, describe, type Platform } from './descriptor.ts';
import { isDigest } from './digest.ts';
import { isManifestType, MediaType } from './media-types.ts';

/** An image manifest or an artifact in its shape (OCI image-spec 1.1, manifest.md). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image index (OCI image-spec 1.1, image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Parsed, with the bytes that were parsed: a digest is always of the raw bytes, never of a second serialisation. */
export interface Parsed<T> {
  readonly value: T;
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

/** The largest manifest that registries take in common (distribution-spec 1.1, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The two bytes `{}`: the config of an artifact that has none (OCI image-spec 1.1, "Guidance for an Empty Descriptor"). */
export const EMPTY_JSON: Uint8Array = new TextEncoder().encode('{}');
export const EMPTY_DESCRIPTOR: Descriptor = describe(MediaType.emptyJson, EMPTY_JSON);

/** The manifest in these bytes. @throws WaybillError `MANIFEST_INVALID` */
export function parseManifest(raw: Uint8Array): Parsed<Manifest> {
  const object = parseJsonObject(raw);
  const mediaType = manifestType(object, MediaType.imageManifest);
  const layers = descriptorsOf(object['layers']);
  if (!('config' in object) || layers === undefined) throw invalid('it has no config or no layers');
  const value: Manifest = {
    schemaVersion: 2,
    mediaType,
    config: parseDescriptor(object['config']),
    layers,
    ...commonFields(object),
  };
  return { value, raw, descriptor: describe(mediaType, raw) };
}

/** The index in these bytes. @throws WaybillError `MANIFEST_INVALID` */
export function parseIndex(raw: Uint8Array): Parsed<Index> {
  const object = parseJsonObject(raw);
  const mediaType = manifestType(object, MediaType.imageIndex);
  const manifests = descriptorsOf(object['manifests']);
  if (manifests === undefined) throw invalid('it has no manifests');
  const value: Index = {
    schemaVersion: 2,
    mediaType,
    manifests,
    ...commonFields(object),
  };
  return { value, raw, descriptor: describe(mediaType, raw) };
}

/** The bytes of a manifest that we make, and their descriptor. Fields that are undefined do not appear. */
export function encodeManifest(value: Manifest | Index): Parsed<Manifest | Index> {
  const raw = new TextEncoder().encode(JSON.stringify(value));
  const descriptor = describe(value.mediaType, raw);
  return {
    value,
    raw,
    descriptor: value.artifactType === undefined ? descriptor : { ...descriptor, artifactType: value.artifactType },
  };
}

/** The descriptors that a manifest or an index points at, its subject excepted; none for any other media type. */
export function successors(descriptor: Descriptor, raw: Uint8Array): readonly Descriptor[] {
  if (!isManifestType(descriptor.mediaType)) return [];
  const object = parseJsonObject(raw);
  const manifests = descriptorsOf(object['manifests']);
  if (manifests !== undefined && !('config' in object)) return manifests;
  const { value } = parseManifest(raw);
  return [value.config, ...value.layers];
}

/**
 * A list of descriptors; undefined where there is none. `null` is an empty one: so Go writes a list that nothing was put into, and
 * BuildKit the layers of an image that has none.
 */
function descriptorsOf(json: unknown): readonly Descriptor[] | undefined {
  if (json === null) return [];
  return Array.isArray(json) ? json.map(parseDescriptor) : undefined;
}

/** A descriptor out of JSON. @throws WaybillError `MANIFEST_INVALID` */
export function parseDescriptor(json: unknown): Descriptor {
  if (!isObject(json)) throw invalid('a descriptor is not an object');
  const { mediaType, digest, size, artifactType, platform, urls, annotations } = json;
  if (typeof mediaType !== 'string') throw invalid('a descriptor has no mediaType');
  if (!isDigest(digest)) throw noDigest(digest);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`the descriptor of ${digest} has no size`);
  }
  return {
    mediaType,
    digest,
    size,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...parsePlatform(platform),
    ...(Array.isArray(urls) && urls.length > 0 ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
    ...(annotations === undefined || annotations === null ? {} : { annotations: parseAnnotations(annotations) }),
  };
}

/** A platform without system or processor says nothing, and is left out. */
function parsePlatform(json: unknown): { readonly platform?: Platform } {
  if (!isObject(json)) return {};
  const { os, architecture, variant } = json;
  if (typeof os !== 'string' || typeof architecture !== 'string') return {};
  return {
    platform: { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) },
  };
}

function commonFields(object: Record<string, unknown>) {
  const { artifactType, subject, annotations } = object;
  return {
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(subject === undefined || subject === null ? {} : { subject: parseDescriptor(subject) }),
    ...(annotations === undefined || annotations === null ? {} : { annotations: parseAnnotations(annotations) }),
  };
}

function manifestType(object: Record<string, unknown>, fallback: string): string {
  if (object['schemaVersion'] !== 2)
    throw invalid(`schemaVersion is ${JSON.stringify(object['schemaVersion'])}, expected 2`);
  const { mediaType } = object;
  if (mediaType === undefined) return fallback;
  if (typeof mediaType !== 'string') throw invalid('mediaType is not a string');
  return mediaType;
}

function parseAnnotations(json: unknown): Readonly<Record<string, string>> {
  if (!isObject(json)) throw invalid('annotations are not an object');
  const out: [string, string][] = [];
  for (const [key, value] of Object.entries(json)) {
    if (typeof value !== 'string') throw invalid(`the annotation ${key} is not a string`);
    out.push([key, value]);
  }
  return Object.fromEntries(out);
}

function parseJsonObject(raw: Uint8Array): Record<string, unknown> {
  if (raw.byteLength > MAX_MANIFEST_BYTES)
    throw invalid(`it has ${raw.byteLength} bytes, at most ${MAX_MANIFEST_BYTES} are read`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (!isObject(json)) throw invalid('it is not a JSON object');
  return json;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Digests of other algorithms are right by the specification (descriptor.md), and not supported here. */
function noDigest(digest: unknown): WaybillError {
  const [, algorithm] =
    typeof digest === 'string' ? (/^([a-z0-9]+(?:[+._-][a-z0-9]+)*):[\w=-]+$/i.exec(digest) ?? []) : [];
  if (algorithm === undefined || algorithm === 'sha256') {
    return invalid(`a descriptor has no sha256 digest: ${JSON.stringify(digest)}`);
  }
  return new WaybillError('DIGEST_UNSUPPORTED', `expected a sha256 digest, found ${JSON.stringify(digest)}`, {
    kind: 'integrity',
    hint: `Only sha256 is supported, not ${algorithm}: build or push the image with sha256 digests.`,
  });
}

function invalid(why: string, cause?: unknown): WaybillError {
  return new WaybillError('MANIFEST_INVALID', `a manifest cannot be read: ${why}`, { kind: 'integrity', cause });
}
