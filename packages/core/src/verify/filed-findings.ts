import type { Finding } from './types.ts';

/** What may be wrong with a filed statement of a record; one code for one thing. The list only grows. */
export const FILED_FINDINGS = {
  'asset-missing': [
    'warning',
    'A run that may file it does so when it takes the image; `waybill record seal IMAGE` files what the ledger has.',
  ],
  'asset-replaced': [
    'error',
    'Somebody replaced the asset: delete it, and let `waybill record seal IMAGE` file it anew.',
  ],
  'asset-invalid': ['error', 'It is none of Waybill: somebody uploaded it under such a name.'],
  'asset-disagrees': ['error', 'The ledger decides: what it has stands there, and the asset was made by other means.'],
  'asset-unrecorded': [
    'error',
    'Statements are filed once their record stands: the record was taken away, or the asset was made by other means.',
  ],
  'subject-mismatch': ['error', 'It is about another digest than its name says: it was made by other means.'],
  'commit-mismatch': ['error', 'It says nothing of this commit: use the record that does.'],
  'ref-mismatch': ['error', 'What a pull request built is taken on that pull request alone.'],
  'statement-missing': [
    'warning',
    'Nothing in the registry confirms it; it was recorded with `records: none`, or cleaned up.',
  ],
  'statement-mismatch': ['error', 'The ledger decides: what is attached in the registry was made by other means.'],
} as const satisfies Readonly<Record<string, readonly [Finding['level'], string]>>;

export type FiledFindingCode = keyof typeof FILED_FINDINGS;

/** A finding with the level and the hint of its code. */
export function filedFinding(
  code: FiledFindingCode,
  about: Pick<Finding, 'subject' | 'message'> & Partial<Pick<Finding, 'expected' | 'found'>>,
): Finding {
  const [level, hint] = FILED_FINDINGS[code];
  return { code, level, ...about, hint };
}
