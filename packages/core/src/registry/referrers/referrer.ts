import {
  type Descriptor,
  type Digest,
  MediaType,
  parseDescriptor,
  parseIndex,
  parseManifest,
} from '../../oci/index.ts';
import type { FetchedManifest } from '../types.ts';

/**
 * The entries of an index; none in anything else (an empty 200, a manifest under the tag). An entry that cannot be read
 * is left out and hides no other.
 */
export function entriesOf(raw: Uint8Array): readonly Descriptor[] {
  return rawEntries(raw).flatMap((entry) => {
    try {
      return [parseDescriptor(entry)];
    } catch {
      return [];
    }
  });
}

function rawEntries(raw: Uint8Array): readonly unknown[] {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof json !== 'object' || json === null || !('manifests' in json)) return [];
    return Array.isArray(json.manifests) ? json.manifests : [];
  } catch {
    return [];
  }
}

/**
 * The manifest as a referrer of the subject, with the type and annotations that an index of referrers must show
 * (distribution-spec 1.1, "Pushing Manifests with Subject"); undefined where its own subject is another, or it has none.
 */
export function describeReferrer({ raw, descriptor }: FetchedManifest, subject: Digest): Descriptor | undefined {
  try {
    const { value } = descriptor.mediaType === MediaType.imageIndex ? parseIndex(raw) : parseManifest(raw);
    if (value.subject?.digest !== subject) return undefined;
    const ownType = value.artifactType === '' ? undefined : value.artifactType;
    const artifactType = ownType ?? ('config' in value ? value.config.mediaType : undefined);
    return {
      ...descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(value.annotations === undefined ? {} : { annotations: value.annotations }),
    };
  } catch {
    return undefined;
  }
}
