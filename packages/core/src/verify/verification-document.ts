import type { Finding, LayerCheck, Verification } from './types.ts';

/** A verification as a JSON document. A field that is not known is absent. */
export interface VerificationDocument {
  readonly schemaVersion: 1;
  /** `host/repository@digest`. */
  readonly reference: string;
  readonly digest: string;
  readonly verified: Verification['verified'];
  readonly mediaType?: string;
  readonly platforms: readonly string[];
  /** How blobs were looked at. */
  readonly layers: LayerCheck;
  readonly manifests: number;
  /** Configs and layers that were looked at. */
  readonly blobs: number;
  /** That were read and hashed. */
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

/** @param image `host/repository` */
export function verificationDocument(
  image: string,
  layers: LayerCheck,
  verification: Verification,
): VerificationDocument {
  const { digest, verified, mediaType, platforms, manifests, bytes, findings } = verification;
  return {
    schemaVersion: 1,
    reference: `${image}@${digest}`,
    digest,
    verified,
    ...(mediaType === '' ? {} : { mediaType }),
    platforms,
    layers,
    manifests,
    blobs: verification.layers,
    bytes,
    findings,
  };
}
