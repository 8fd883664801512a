import { type Descriptor, type Digest, formatPlatform, isIndexType, type Platform } from '../oci/index.ts';
import { attestationFindings, isAttestation } from './attestations.ts';
import { type BlobUse, isImageConfig } from './check-blob.ts';
import { finding } from './findings.ts';
import { isUnknownPlatform } from './platforms.ts';
import { type GraphNode, typeMismatch } from './read-graph.ts';
import type { Finding, LayerCheck } from './types.ts';

/** An image of one platform. */
export interface SurveyedImage {
  readonly digest: Digest;
  /** As its entry in the index says. */
  readonly platform: Platform | undefined;
  readonly config: Descriptor;
}

/** What the manifests tell, in the order of the graph; which blobs are to be looked at. */
export interface Survey {
  readonly findings: readonly Finding[];
  /** By digest, each once. */
  readonly blobs: ReadonlyMap<Digest, BlobUse>;
  readonly images: readonly SurveyedImage[];
  /** Of entries whose manifest is missing as well: an image that is gone has its platform still. */
  readonly platforms: readonly Platform[];
}

export interface SurveyOptions {
  readonly layers: LayerCheck;
  /** Whether an image that no index names is to tell its platform, whatever `layers` says. */
  readonly needsPlatform: boolean;
}

interface Entry {
  readonly digest: Digest;
  readonly platform?: Platform | undefined;
  readonly attestation: boolean;
}

/** Goes through the graph from its root. */
export function survey(
  nodes: ReadonlyMap<Digest, GraphNode>,
  root: Digest,
  { layers, needsPlatform }: SurveyOptions,
): Survey {
  const findings: Finding[] = [];
  const blobs = new Map<Digest, BlobUse>();
  const images: SurveyedImage[] = [];
  const platforms: Platform[] = [];
  const visited = new Set<Digest>();

  const addBlob = (use: BlobUse) => {
    const known = blobs.get(use.descriptor.digest);
    if (known === undefined || (use.read && !known.read)) blobs.set(use.descriptor.digest, use);
  };

  const visitImage = (node: GraphNode, { platform, attestation }: Entry) => {
    const [config, ...rest] = node.parts.blobs;
    if (config === undefined) return;
    const place = platform === undefined || attestation ? node.digest : formatPlatform(platform);
    const isImage = isImageConfig(config) && !attestation;
    if (isImage) images.push({ digest: node.digest, platform, config });
    const read = isImage && (layers !== 'manifest' || (needsPlatform && platform === undefined));
    if (read || layers !== 'manifest')
      addBlob({ descriptor: config, role: 'config', place: `config of ${place}`, read });
    if (layers === 'manifest') return;
    rest.forEach((descriptor, i) => {
      addBlob({ descriptor, role: 'layer', place: `layer ${i + 1} of ${place}`, read: false });
    });
  };

  const visit = (entry: Entry) => {
    const node = nodes.get(entry.digest);
    if (node === undefined || visited.has(entry.digest)) return;
    visited.add(entry.digest);
    findings.push(...node.findings);
    if (node.manifest === undefined) return;
    if (!isIndexType(node.manifest.descriptor.mediaType)) return visitImage(node, entry);
    findings.push(...attestationFindings(node));
    for (const child of node.parts.manifests) {
      const attestation = isAttestation(child);
      const platform = child.platform !== undefined && isUnknownPlatform(child.platform) ? undefined : child.platform;
      if (platform !== undefined && !attestation) platforms.push(platform);
      visit({ digest: child.digest, platform, attestation });
      findings.push(...entryFindings(child, nodes.get(child.digest)));
    }
  };

  visit({ digest: root, attestation: false });
  return { findings, blobs, images, platforms };
}

/** Where an index says something else of a manifest than is. */
function entryFindings(entry: Descriptor, node: GraphNode | undefined): readonly Finding[] {
  const actual = node?.manifest?.descriptor;
  if (actual === undefined) return [];
  const found: Finding[] = [];
  if (actual.size !== entry.size) {
    const message = `the index says another size of ${entry.digest} than it has`;
    const [expected, size] = [String(entry.size), String(actual.size)];
    found.push(finding('manifest-size-mismatch', { subject: entry.digest, message, expected, found: size }));
  }
  if (actual.mediaType !== entry.mediaType) {
    found.push(typeMismatch(entry, actual.mediaType, `the index says another type of ${entry.digest} than it has`));
  }
  return found;
}
