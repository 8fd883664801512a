import { fetchAll, type IoOptions } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Descriptor, type Digest, isManifestType, parseIndex, parseManifest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';

/** OCI image-spec, annotations.md: "Source control revision identifier for the packaged software". */
const REVISION = 'org.opencontainers.image.revision';
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * The commit that the image says of itself: the annotation `org.opencontainers.image.revision` of the manifest or of the
 * index's entry, else that label of the config, of an index those of its first image. It is the word of whoever built the
 * image. Undefined where it says none, or something else than a whole commit.
 */
export async function readRevision(
  registry: Registry,
  digest: Digest,
  io: IoOptions = {},
): Promise<string | undefined> {
  const root = await registry.manifests.get({ digest }, io);
  if (root === undefined) return undefined;
  const image = firstImage(root.raw);
  if (image.revision !== undefined) return image.revision;
  if (image.kind === 'manifest') return labelOf(registry, image.config, io);
  if (image.child === undefined) return undefined;
  const child = await registry.manifests.get({ digest: image.child.digest }, io);
  const below = child === undefined ? undefined : firstImage(child.raw);
  return below?.revision ?? (below?.kind === 'manifest' ? labelOf(registry, below.config, io) : undefined);
}

type Image =
  | { readonly kind: 'manifest'; readonly revision: string | undefined; readonly config: Descriptor | undefined }
  | { readonly kind: 'index'; readonly revision: string | undefined; readonly child: Descriptor | undefined };

function firstImage(raw: Uint8Array): Image {
  const index = attempt(() => parseIndex(raw).value);
  if (index !== undefined) {
    const child = index.manifests.find(
      ({ mediaType, annotations }) =>
        isManifestType(mediaType) && annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest',
    );
    return { kind: 'index', revision: commitIn(index.annotations) ?? commitIn(child?.annotations), child };
  }
  const manifest = attempt(() => parseManifest(raw).value);
  return { kind: 'manifest', revision: commitIn(manifest?.annotations), config: manifest?.config };
}

async function labelOf(registry: Registry, config: Descriptor | undefined, io: IoOptions): Promise<string | undefined> {
  if (config === undefined || !/\.image(?:\.config)?\.v\d+\+json$|\.container\.image\.v1\+json$/.test(config.mediaType))
    return undefined;
  try {
    const bytes = await fetchAll(registry.blobs, config, { ...io, maxBytes: MAX_CONFIG_BYTES });
    return commitIn(labelsIn(JSON.parse(new TextDecoder().decode(bytes))));
  } catch (error) {
    // What is wrong with a config is for the verification to tell; here it only says nothing.
    if (
      error instanceof SyntaxError ||
      ['BLOB_UNKNOWN', 'SIZE_MISMATCH', 'DIGEST_MISMATCH'].includes(errorCode(error) ?? '')
    )
      return undefined;
    throw error;
  }
}

/** `config.Labels` of an image's configuration (OCI image-spec, config.md). */
function labelsIn(json: unknown): Readonly<Record<string, unknown>> | undefined {
  const config = entryOf(json, 'config');
  const labels = entryOf(config, 'Labels');
  return typeof labels === 'object' && labels !== null ? { [REVISION]: entryOf(labels, REVISION) } : undefined;
}

function entryOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null
    ? Object.entries(json).find(([key]) => key === name)?.[1]
    : undefined;
}

function commitIn(texts: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const text = texts?.[REVISION];
  return typeof text === 'string' && COMMIT.test(text) ? text : undefined;
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
