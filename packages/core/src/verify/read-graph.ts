import type { Limit } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { MismatchError } from '../content/index.ts';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import { type Descriptor, type Digest, MAX_MANIFEST_BYTES, type ManifestParts, partsOf } from '../oci/index.ts';
import type { FetchedManifest, Registry } from '../registry/index.ts';
import { type FindingCode, finding } from './findings.ts';
import type { Finding } from './types.ts';

/** A manifest as it was found; `parts` are none where it cannot be read. */
export interface GraphNode {
  readonly digest: Digest;
  readonly manifest?: FetchedManifest;
  readonly parts: ManifestParts;
  readonly findings: readonly Finding[];
}

/** An image of more manifests is somebody's attack. */
const MAX_MANIFESTS = 10_000;
const NO_PARTS: ManifestParts = { manifests: [], blobs: [] };

/**
 * All manifests that the root reaches, each once, those that are missing or wrong included.
 * @throws WaybillError `IMAGE_TOO_LARGE`; what keeps the registry from answering
 */
export async function readGraph(
  registry: Registry,
  root: Digest,
  { gate, ...io }: IoOptions & { readonly gate: Limit },
): Promise<ReadonlyMap<Digest, GraphNode>> {
  const nodes = new Map<Digest, GraphNode>();
  const begun = new Set<Digest>();
  const visit = async (digest: Digest): Promise<void> => {
    if (begun.has(digest)) return;
    begun.add(digest);
    if (begun.size > MAX_MANIFESTS) {
      throw new WaybillError('IMAGE_TOO_LARGE', `${root} has more than ${MAX_MANIFESTS} manifests`, {
        kind: 'integrity',
        hint: 'No image has that many: do not use it.',
      });
    }
    const node = await gate(() => readNode(registry, digest, io), io.signal);
    nodes.set(digest, node);
    await Promise.all(node.parts.manifests.map((child) => visit(child.digest)));
  };
  await visit(root);
  return nodes;
}

async function readNode(registry: Registry, digest: Digest, io: IoOptions): Promise<GraphNode> {
  const bad = (
    code: FindingCode,
    message: string,
    about: { readonly expected?: string; readonly found?: string } = {},
  ) => ({
    digest,
    parts: NO_PARTS,
    findings: [finding(code, { subject: digest, message, ...about })],
  });
  let manifest: FetchedManifest | undefined;
  try {
    manifest = await registry.manifests.get({ digest }, io);
  } catch (error) {
    if (error instanceof MismatchError) {
      const { expected, found } = error;
      return bad('manifest-mismatch', `the registry gives another manifest under ${digest}`, { expected, found });
    }
    if (errorCode(error) !== 'HTTP_TOO_LARGE') throw error;
    return bad('manifest-too-large', `the manifest ${digest} has more than ${MAX_MANIFEST_BYTES} bytes`);
  }
  if (manifest === undefined) {
    return bad('manifest-missing', `${registry.host}/${registry.repository} has no manifest ${digest}`);
  }
  try {
    return { digest, manifest, parts: partsOf(manifest), findings: ownTypeFindings(manifest) };
  } catch (error) {
    const codes: Readonly<Record<string, FindingCode>> = {
      MANIFEST_UNSUPPORTED: 'manifest-unsupported',
      DIGEST_UNSUPPORTED: 'digest-unsupported',
    };
    return { ...bad(codes[errorCode(error) ?? ''] ?? 'manifest-invalid', errorMessage(error)), manifest };
  }
}

/**
 * One manifest that may be read in two ways is none (CVE-2021-41190): its own media type is the one that the registry
 * says, and it has either manifests or layers.
 */
function ownTypeFindings({ raw, descriptor }: FetchedManifest): readonly Finding[] {
  const json: unknown = JSON.parse(new TextDecoder().decode(raw));
  if (typeof json !== 'object' || json === null) return [];
  const { digest, mediaType } = descriptor;
  if ('manifests' in json && ('layers' in json || 'config' in json)) {
    return [finding('manifest-invalid', { subject: digest, message: `${digest} is an index and an image at once` })];
  }
  if (!('mediaType' in json) || json.mediaType === mediaType) return [];
  return [
    typeMismatch(descriptor, String(json.mediaType), `${digest} calls itself another type than the registry does`),
  ];
}

export function typeMismatch({ digest, mediaType }: Descriptor, found: string, message: string): Finding {
  return finding('media-type-mismatch', { subject: digest, message, expected: mediaType, found });
}
