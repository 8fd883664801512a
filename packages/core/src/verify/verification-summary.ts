import { codeSpan } from '../runner/index.ts';
import type { Finding } from './types.ts';
import type { VerificationDocument } from './verification-document.ts';

/** A summary page takes a megabyte in all. */
const MAX_ROWS = 100;

/** A verification in Markdown, for the job's summary page: what was verified, and a table of the findings where there are any. */
export function verificationSummary(document: VerificationDocument): string {
  const { reference, verified, platforms, manifests, blobs, layers, bytes, findings } = document;
  const facts = [
    counted(manifests, 'manifest'),
    layers === 'manifest' ? 'layers not looked at' : `${counted(blobs, 'blob')} by ${layers}`,
    `${bytes.toLocaleString('en-US')} bytes hashed`,
    ...(platforms.length === 0 ? [] : [platforms.map(codeSpan).join(', ')]),
  ];
  const verdict = verified === 'false' ? 'not verified' : verified;
  const head = `**Verify** ${codeSpan(reference)}: **${verdict}** (${facts.join('; ')})\n`;
  return findings.length === 0 ? head : `${head}\n${table(findings)}`;
}

function table(findings: readonly Finding[]): string {
  const rows = findings
    .slice(0, MAX_ROWS)
    .map(({ level, code, subject, message, expected, found }) =>
      [level, `\`${code}\``, ...[subject, message, expected ?? '', found ?? ''].map(codeSpan)].join(' | '),
    );
  const more = findings.length - rows.length;
  return [
    '| Level | Finding | Of | What | Expected | Found |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    ...(more > 0 ? ['', `… and ${more} more, in the file of the findings.`] : []),
    '',
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
