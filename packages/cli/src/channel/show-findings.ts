import { oneLine } from '../terminal/index.ts';

/** What findings of ledger and registry have in common. */
export interface ShownFinding {
  readonly code: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly subject: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message: string;
  readonly hint?: string;
}

/** A blank line, and some lines a finding; nothing where there is none. */
export function findingLines(findings: readonly ShownFinding[]): readonly string[] {
  return findings.flatMap(({ code, level, subject, expected, found, message, hint }) =>
    [
      '',
      `${level}  ${code}  ${subject}`,
      `  ${message}`,
      ...(expected === undefined ? [] : [`  expected ${expected}`]),
      ...(found === undefined ? [] : [`  found    ${found}`]),
      ...(hint === undefined ? [] : [`  ${hint}`]),
    ].map(oneLine),
  );
}

export function hasError(findings: readonly ShownFinding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}
