import type { Finding } from './types.ts';

const CLEAN_UP = 'Clean-up jobs that delete untagged versions delete the parts of images too.';
const CHANGED =
  'The bytes in the registry are not those that were pushed: push the image again, and find out who changed them.';
const BUILT_SO = 'What made the image wrote it so: build it again, with another version of the tool.';

/** Every code, with its level and what to do. The list only grows. */
export const FINDINGS = {
  lost: ['error', `The ledger names it, and nothing is built in its place: restore it from a copy. ${CLEAN_UP}`],
  'manifest-missing': ['error', CLEAN_UP],
  'manifest-mismatch': ['error', CHANGED],
  'manifest-size-mismatch': ['error', BUILT_SO],
  'manifest-too-large': ['error', 'Registries take manifests of at most 4 MiB.'],
  'manifest-invalid': ['error', BUILT_SO],
  'manifest-unsupported': ['error', "Supported are OCI manifests and indexes, and those of Docker's schema 2."],
  'digest-unsupported': ['error', 'Build or push the image with sha256 digests.'],
  'media-type-mismatch': ['error', BUILT_SO],
  'config-missing': ['error', CLEAN_UP],
  'config-mismatch': ['error', CHANGED],
  'config-size-mismatch': ['error', CHANGED],
  'config-invalid': ['error', BUILT_SO],
  'layer-missing': ['error', CLEAN_UP],
  'layer-mismatch': ['error', CHANGED],
  'layer-size-mismatch': ['error', CHANGED],
  'platform-missing': ['error', 'Build the image for that platform, or leave it out of platforms.'],
  'platform-mismatch': ['error', BUILT_SO],
  'attestation-reference-missing': ['error', BUILT_SO],
  'record-unknown': ['error', 'Nothing of that commit is recorded for this image; record it when it is built.'],
  'record-mismatch': ['error', 'The digest is not the one that was recorded for that commit: use the recorded one.'],
  'record-ref-mismatch': [
    'error',
    'What a pull request built is taken on that pull request alone, unless the configuration says `adopt: any`: build the commit on this ref.',
  ],
  'foreign-layer': ['note', 'Its bytes are kept elsewhere, and were not looked at.'],
} as const satisfies Readonly<Record<string, readonly [Finding['level'], string]>>;

export type FindingCode = keyof typeof FINDINGS;

/** A finding with the level and the hint of its code. */
export function finding(
  code: FindingCode,
  about: Pick<Finding, 'subject' | 'message'> & Partial<Pick<Finding, 'expected' | 'found'>>,
): Finding {
  const [level, hint] = FINDINGS[code];
  return { code, level, ...about, hint };
}
