import type { Finding, Verification } from './types.ts';

const LEVELS: readonly Finding['level'][] = ['error', 'warning', 'note'];

/** Errors first, and what has one level in its own order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** One error is enough. */
export function verdictOf(findings: readonly Finding[]): Verification['verified'] {
  return findings.some(({ level }) => level === 'error') ? 'false' : 'integrity';
}
