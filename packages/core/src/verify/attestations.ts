import type { Descriptor } from '../oci/index.ts';
import { finding } from './findings.ts';
import { isUnknownPlatform } from './platforms.ts';
import type { GraphNode } from './read-graph.ts';
import type { Finding } from './types.ts';

const TYPE = 'vnd.docker.reference.type';
const REFERENCE = 'vnd.docker.reference.digest';

/**
 * Whether an entry of an index is BuildKit's attestation of another entry (BuildKit,
 * docs/attestations/attestation-storage.md). One that names a platform is not: a runtime would run it.
 */
export function isAttestation({ annotations = {}, platform }: Descriptor): boolean {
  return annotations[TYPE] === 'attestation-manifest' && (platform === undefined || isUnknownPlatform(platform));
}

/** Attestations of something that the index does not hold. */
export function attestationFindings({ digest, parts }: GraphNode): readonly Finding[] {
  const entries = new Set<string>(parts.manifests.filter((each) => !isAttestation(each)).map((each) => each.digest));
  return parts.manifests.filter(isAttestation).flatMap((attestation) => {
    const reference = attestation.annotations?.[REFERENCE];
    if (reference !== undefined && entries.has(reference)) return [];
    return [
      finding('attestation-reference-missing', {
        subject: attestation.digest,
        message: `the attestation ${attestation.digest} is of a manifest that the index ${digest} does not hold`,
        expected: `one of ${[...entries].join(', ') || 'none'}`,
        found: reference ?? 'none',
      }),
    ];
  });
}
