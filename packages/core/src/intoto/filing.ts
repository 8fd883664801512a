import { WaybillError } from '../errors/index.ts';
import { hexOf } from '../oci/index.ts';
import { parseStatement } from './statement.ts';
import type { StatementFacts, StatementFilter } from './statement-log.ts';
import { fingerprintOf, nameOfFiled, parseStatementName, type StatementName, statementName } from './statement-name.ts';

/** How a statement is filed: what is true of every log. */
export interface Filing extends StatementName {
  readonly name: string;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly label: string;
}

const MAX_LABEL = 100;

/** @throws WaybillError `STATEMENT_INVALID` (integrity), `STATEMENT_SUBJECT`, `STATEMENT_TIME` (bug) */
export function fileStatement(bytes: Uint8Array, facts: StatementFacts): Filing {
  const { subject, at, format = 'statement' } = facts;
  if (format === 'statement') {
    const { subject: subjects } = parseStatement(bytes);
    if (!subjects.some(({ digest }) => digest['sha256'] === hexOf(subject))) {
      throw new WaybillError('STATEMENT_SUBJECT', `the statement is not about ${subject}`, { kind: 'bug' });
    }
  }
  const about = nameOfFiled(bytes, facts);
  return {
    ...about,
    name: statementName(about),
    month: monthOf(at),
    label: plainLabel(facts.label),
  };
}

/** `2026-11`, UTC. @throws WaybillError `STATEMENT_TIME` (bug) */
export function monthOf(at: number): string {
  const date = new Date(at);
  const year = Number.isNaN(at) ? 0 : date.getUTCFullYear();
  if (!(year >= 2000 && year <= 9999)) throw new WaybillError('STATEMENT_TIME', `no time: ${at}`, { kind: 'bug' });
  return date.toISOString().slice(0, 7);
}

/** One line without what would not be seen. */
function plainLabel(text: string): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return [...line].slice(0, MAX_LABEL).join('');
}

export function matches(filter: StatementFilter, { subject, predicate }: StatementName): boolean {
  return (
    (filter.subject === undefined || filter.subject === subject) &&
    (filter.predicate === undefined || filter.predicate === predicate)
  );
}

/** The bytes, if they are what the name says. @throws WaybillError `STATEMENT_CORRUPT` (integrity) */
export function checkFiled(name: string, bytes: Uint8Array): Uint8Array {
  const found = fingerprintOf(bytes);
  const expected = parseStatementName(name)?.fingerprint;
  if (found === expected) return bytes;
  throw new WaybillError('STATEMENT_CORRUPT', `${name} holds other bytes: their sha256 starts with ${found}`, {
    kind: 'integrity',
    hint: 'Somebody replaced what was filed: compare it with the copies in the registry and in the ledger.',
  });
}

/** The error for a place where nothing is filed. */
export function statementUnknown(name: string): WaybillError {
  return new WaybillError('STATEMENT_UNKNOWN', `nothing is filed as ${name}`, {
    kind: 'remote',
    hint: 'It was deleted, or it is in a draft that this token may not see.',
  });
}

/** The error for other bytes under the name that ours have. */
export function statementConflict(name: string): WaybillError {
  return new WaybillError('STATEMENT_CONFLICT', `other bytes are filed as ${name}`, {
    kind: 'integrity',
    hint: 'Somebody replaced what was filed, or a part of it was lost: look at it, delete it, and run the job again.',
  });
}
