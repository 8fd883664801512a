export { type Descriptor, describe, formatPlatform, type Platform } from './descriptor.ts';
export { type Digest, digestFromBytes, digestFromHex, digestOf, hexOf, isDigest, parseDigest } from './digest.ts';
export {
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  encodeManifest,
  type Index,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type Parsed,
  parseDescriptor,
  parseIndex,
  parseManifest,
  successors,
} from './manifest.ts';
export { isForeign, type ManifestParts, partsOf } from './manifest-parts.ts';
export { isIndexType, isManifestType, MediaType } from './media-types.ts';
export { formatReference, isLoopback, isRepository, isTag, parseReference, type Reference } from './reference.ts';
