import type { Channel } from '../../config/index.ts';
import type { RuleVerdict } from './verdict.ts';

/**
 * What a digest must show. Signatures cannot be verified by this version, and a channel that asks for them takes nothing:
 * a rule that is not kept must not look as if it were.
 */
export function requireRule({ name, require }: Channel): RuleVerdict {
  if (require === 'integrity')
    return { rule: 'require', verdict: 'passed', message: `${name} asks for integrity alone` };
  return {
    rule: 'require',
    verdict: 'failed',
    code: 'require-unsupported',
    message: `${name} asks for require: ${require}, which this version cannot verify`,
    hint: 'Ask for `require: integrity` in the configuration, or wait for a version that verifies signatures.',
  };
}
