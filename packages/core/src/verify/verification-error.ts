import { WaybillError } from '../errors/index.ts';
import type { VerificationDocument } from './verification-document.ts';

/** An error message is for people; the rest stands in the file. */
const SHOWN = 5;

/**
 * What a step fails with where something is wrong; undefined where nothing is: `DIGEST_LOST` for a recorded digest that is
 * gone, else `NOT_VERIFIED` (integrity).
 */
export function verificationError({ reference, findings, verified }: VerificationDocument): WaybillError | undefined {
  if (verified !== 'false') return undefined;
  const errors = findings.filter(({ level }) => level === 'error');
  const lines = errors.slice(0, SHOWN).map(({ code, message, expected, found }) => {
    const values = [
      ...(expected === undefined ? [] : [`expected ${expected}`]),
      ...(found === undefined ? [] : [`found ${found}`]),
    ];
    return `- ${code}: ${message}${values.length === 0 ? '' : ` (${values.join(', ')})`}`;
  });
  if (errors.length > SHOWN) lines.push(`- and ${errors.length - SHOWN} more`);
  const lost = errors.some(({ code }) => code === 'lost');
  const [hint] = errors.flatMap((each) => each.hint ?? []);
  return new WaybillError(lost ? 'DIGEST_LOST' : 'NOT_VERIFIED', `${reference} is not verified:\n${lines.join('\n')}`, {
    kind: 'integrity',
    ...(hint === undefined ? {} : { hint }),
  });
}
