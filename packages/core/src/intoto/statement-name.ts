import { createHash } from 'node:crypto';
import { type Digest, hexOf, parseDigest } from '../oci/index.ts';

/** What statements are filed under; one word for one predicate. The list only grows. */
export const PREDICATE_WORDS = ['provenance', 'reuse', 'promotion', 'snapshot', 'vsa', 'verdict'] as const;

export type PredicateWord = (typeof PREDICATE_WORDS)[number];

/** A statement as it is, or inside a signed bundle. */
export type StatementFormat = 'statement' | 'bundle';

/** What the name of a filed statement says. */
export interface StatementName {
  /** What the statement is about. */
  readonly subject: Digest;
  readonly predicate: PredicateWord;
  readonly format: StatementFormat;
  /** The first 12 hex characters of the sha256 of the filed bytes. */
  readonly fingerprint: string;
}

const ENDINGS: Readonly<Record<StatementFormat, string>> = { statement: '.intoto.json', bundle: '.sigstore.json' };
const FORMATS: readonly StatementFormat[] = ['statement', 'bundle'];
const NAME = /^([0-9a-f]{64})\.([a-z]+)\.([0-9a-f]{12})(\.[a-z]+\.json)$/;

/**
 * The name under which these bytes are filed: `<subject's hex>.<predicate>.<fingerprint>.intoto.json`. The same statement
 * always has the same name, and no other has it.
 */
export function statementName({ subject, predicate, format, fingerprint }: StatementName): string {
  return `${hexOf(subject)}.${predicate}.${fingerprint}${ENDINGS[format]}`;
}

/** What these bytes are filed as. */
export function nameOfFiled(
  bytes: Uint8Array,
  {
    subject,
    predicate,
    format = 'statement',
  }: Pick<StatementName, 'subject' | 'predicate'> & Partial<Pick<StatementName, 'format'>>,
): StatementName {
  return { subject, predicate, format, fingerprint: fingerprintOf(bytes) };
}

/** What the name says; undefined for one that is not of a statement. */
export function parseStatementName(name: string): StatementName | undefined {
  const [, hex, word, fingerprint, ending] = NAME.exec(name) ?? [];
  const predicate = PREDICATE_WORDS.find((each) => each === word);
  const format = FORMATS.find((each) => ENDINGS[each] === ending);
  if (hex === undefined || fingerprint === undefined || predicate === undefined || format === undefined)
    return undefined;
  return { subject: parseDigest(`sha256:${hex}`), predicate, format, fingerprint };
}

/** The first 12 hex characters of the bytes' sha256. */
export function fingerprintOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}
