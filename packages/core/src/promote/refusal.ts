import { WaybillError } from '../errors/index.ts';
import type { PromotionOutcome } from './outcome.ts';

/**
 * The error that says why a promotion was refused, all reasons in it; undefined where it was not. Of kind `integrity`
 * where bytes or records are not what they should be, else `user`.
 */
export function refusal({ result, rules, channel, tag, digest, kind }: PromotionOutcome): WaybillError | undefined {
  if (result !== 'refused') return undefined;
  const failed = rules.filter(({ verdict }) => verdict === 'failed');
  const isBroken = failed.some(({ rule }) => rule === 'integrity' || rule === 'chain');
  const why = failed.map(({ code, rule, message }) => `- ${code ?? rule}: ${message}`).join('\n');
  const hints = failed.flatMap(({ hint }) => hint ?? []);
  return new WaybillError('PROMOTION_REFUSED', `the ${kind} of ${digest} to ${channel ?? tag} is refused:\n${why}`, {
    kind: isBroken ? 'integrity' : 'user',
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
  });
}
