import { describe, expect, test } from '@jest/globals';
import { digestOf, MediaType } from '../oci/index.ts';
import {
  FINDINGS,
  type FindingCode,
  finding,
  type Verification,
  verificationDocument,
  verificationError,
  verificationSummary,
} from './index.ts';

const DIGEST = digestOf(Buffer.from('root'));
const WHOLE: Verification = {
  digest: DIGEST,
  verified: 'integrity',
  mediaType: MediaType.imageIndex,
  platforms: ['linux/amd64', 'linux/arm64'],
  findings: [],
  manifests: 3,
  layers: 4,
  bytes: 12_345,
};

function broken(codes: readonly FindingCode[]): Verification {
  const findings = codes.map((code) =>
    finding(code, { subject: DIGEST, message: 'a | b `c`', expected: 'this', found: 'that' }),
  );
  return { ...WHOLE, verified: 'false', findings };
}

const document = (verification: Verification) => verificationDocument('ghcr.io/octo-org/app', 'exist', verification);

describe('the document', () => {
  test('says what was verified, and leaves out what is not known', () => {
    expect(document(WHOLE)).toEqual({
      schemaVersion: 1,
      reference: `ghcr.io/octo-org/app@${DIGEST}`,
      digest: DIGEST,
      verified: 'integrity',
      mediaType: MediaType.imageIndex,
      platforms: ['linux/amd64', 'linux/arm64'],
      layers: 'exist',
      manifests: 3,
      blobs: 4,
      bytes: 12_345,
      findings: [],
    });
    expect(document({ ...WHOLE, mediaType: '' })).not.toHaveProperty('mediaType');
  });
});

describe('the summary', () => {
  test('is one line where all is well', () => {
    expect(verificationSummary(document(WHOLE))).toBe(
      `**Verify** \`ghcr.io/octo-org/app@${DIGEST}\`: **integrity** (3 manifests; 4 blobs by exist; 12,345 bytes hashed; \`linux/amd64\`, \`linux/arm64\`)\n`,
    );
  });

  test('has a row for each finding, from which no text can break out', () => {
    const text = verificationSummary(document(broken(['layer-missing', 'platform-missing'])));
    expect(text).toContain('**not verified**');
    const rows = text.split('\n').filter((line) => line.startsWith('| error'));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBe(
      `| error | \`layer-missing\` | \`${DIGEST}\` | \`\` a \\| b \`c\` \`\` | \`this\` | \`that\` |`,
    );
  });

  test('shows a hundred findings at most, and says how many more', () => {
    const text = verificationSummary(document(broken(Array.from({ length: 130 }, () => 'layer-missing'))));
    expect(text.match(/^\| error/gm)).toHaveLength(100);
    expect(text).toContain('and 30 more');
  });
});

describe('the error of a step', () => {
  test('is none where all is well, notes included', () => {
    const note = finding('foreign-layer', { subject: DIGEST, message: 'elsewhere' });
    expect(verificationError(document({ ...WHOLE, findings: [note] }))).toBeUndefined();
  });

  test('names each finding with what was expected and found, five at most, and what to do', () => {
    const error = verificationError(document(broken(Array.from({ length: 7 }, () => 'layer-mismatch'))));
    expect(error).toMatchObject({ code: 'NOT_VERIFIED', kind: 'integrity', hint: FINDINGS['layer-mismatch'][1] });
    expect(error?.message.match(/- layer-mismatch: .* \(expected this, found that\)/g)).toHaveLength(5);
    expect(error?.message).toContain('- and 2 more');
  });

  test('of a recorded digest that is gone has a code of its own', () => {
    expect(verificationError(document(broken(['lost'])))).toMatchObject({ code: 'DIGEST_LOST' });
  });
});
