import { WaybillError } from '../errors/index.ts';
import type { Descriptor } from './descriptor.ts';
import { parseIndex, parseManifest } from './manifest.ts';
import { isManifestType, MediaType } from './media-types.ts';

/** What a manifest points at, by where a registry keeps it. Its subject is none of it. */
export interface ManifestParts {
  readonly manifests: readonly Descriptor[];
  readonly blobs: readonly Descriptor[];
}

/**
 * The parts of a manifest or an index.
 * @throws WaybillError `MANIFEST_INVALID`, `DIGEST_UNSUPPORTED`; `MANIFEST_UNSUPPORTED` for any other type
 */
export function partsOf({
  raw,
  descriptor,
}: {
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}): ManifestParts {
  switch (descriptor.mediaType) {
    case MediaType.imageIndex:
    case MediaType.dockerManifestList: {
      const { manifests } = parseIndex(raw).value;
      const other = manifests.find(({ mediaType }) => !isManifestType(mediaType));
      if (other !== undefined) throw unsupported(other, `, which ${descriptor.digest} names,`);
      return { manifests, blobs: [] };
    }
    case MediaType.imageManifest:
    case MediaType.dockerManifest: {
      const { config, layers } = parseManifest(raw).value;
      return { manifests: [], blobs: [config, ...layers] };
    }
    default:
      throw unsupported(descriptor, '');
  }
}

/** Whether the bytes may be left to whoever the manifest says has them (OCI image-spec, descriptor.md, `urls`). */
export function isForeign({ urls, mediaType }: Descriptor): boolean {
  return urls !== undefined || mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
}

function unsupported({ digest, mediaType }: Descriptor, which: string): WaybillError {
  return new WaybillError(
    'MANIFEST_UNSUPPORTED',
    `${digest}${which} is ${JSON.stringify(mediaType)}; supported are OCI manifests and indexes, and those of Docker's schema 2`,
    { kind: 'user', hint: 'Build or push the image in one of these formats.' },
  );
}
