import { WaybillError } from '../../errors/index.ts';
import { type Descriptor, type Digest, describe, MAX_MANIFEST_BYTES, MediaType } from '../../oci/index.ts';
import type { FetchedManifest } from '../types.ts';

export interface MergedIndex {
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

/**
 * The index of referrers with these added. What it has stays as it is, fields that are not known here too; where there is
 * none yet, or what stands there is the subject itself (some clients copy an image there, some registries find it there),
 * a new one begins.
 * @throws WaybillError `REFERRERS_TAG_TAKEN` where something else stands there, `REFERRERS_INDEX_FULL` past 4 MiB
 */
export function mergeIntoIndex(
  current: FetchedManifest | undefined,
  added: readonly Descriptor[],
  { subject, tag }: { readonly subject: Digest; readonly tag: string },
): MergedIndex {
  const base = current === undefined || current.descriptor.digest === subject ? emptyIndex() : readIndex(current, tag);
  const index = { ...base, manifests: [...base.manifests, ...added] };
  const raw = new TextEncoder().encode(JSON.stringify(index));
  if (raw.byteLength > MAX_MANIFEST_BYTES) {
    throw new WaybillError(
      'REFERRERS_INDEX_FULL',
      `the index ${tag} would have ${raw.byteLength} bytes, registries take ${MAX_MANIFEST_BYTES}`,
      {
        kind: 'remote',
        hint: 'Delete attachments of that image that nobody needs, or use a registry with a referrers API.',
      },
    );
  }
  return { raw, descriptor: describe(MediaType.imageIndex, raw) };
}

type OpenIndex = Readonly<Record<string, unknown>> & { readonly manifests: readonly unknown[] };

function emptyIndex(): OpenIndex {
  return { schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [] };
}

function readIndex({ raw, descriptor }: FetchedManifest, tag: string): OpenIndex {
  if (descriptor.mediaType === MediaType.imageIndex) {
    const json: unknown = parseJson(raw);
    if (typeof json === 'object' && json !== null && 'manifests' in json && Array.isArray(json.manifests)) {
      return { ...json, manifests: json.manifests };
    }
  }
  throw new WaybillError(
    'REFERRERS_TAG_TAKEN',
    `the tag ${tag} should hold an index of referrers, found ${descriptor.mediaType} ${descriptor.digest}`,
    { kind: 'remote', hint: 'Delete that tag if nobody needs it; what is attached stands under a tag of its own.' },
  );
}

function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(raw));
  } catch {
    return undefined;
  }
}
