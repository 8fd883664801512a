import type { ImageInput } from '../runner/index.ts';
import { type ResolveDeps, resolveImage } from './resolve-image.ts';
import type { Finding, Verification, VerifyOptions } from './types.ts';
import { sortFindings, verdictOf } from './verdict.ts';
import { verifyDigest } from './verify-digest.ts';

export type VerifyImageOptions = ResolveDeps & Pick<VerifyOptions, 'layers' | 'platforms' | 'concurrency'>;

/**
 * Finds the digest that the inputs mean, and verifies it. What the records say against it is among the findings; a recorded
 * digest that is gone is `lost`.
 * @throws WaybillError what {@link resolveImage} and {@link verifyDigest} throw
 */
export async function verifyImage(input: ImageInput, options: VerifyImageOptions): Promise<Verification> {
  const { digest, recorded, findings } = await resolveImage(input, options);
  const verification = await verifyDigest({ ...options, digest, recorded });
  const all: readonly Finding[] = sortFindings([...findings, ...verification.findings]);
  return { ...verification, findings: all, verified: verdictOf(all) };
}
