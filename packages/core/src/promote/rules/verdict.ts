import type { Finding } from '../../verify/index.ts';

/** The rules that a digest is judged by, in the order in which they are told. */
export type RuleName = 'integrity' | 'require' | 'from' | 'soak' | 'evidence' | 'commit' | 'ancestry' | 'chain';

/** What a rule says of this digest and this channel. */
export interface RuleVerdict {
  readonly rule: RuleName;
  /** `waived`: it forbids it, and an input allowed it all the same. `none`: there is nothing that it could be held to. */
  readonly verdict: 'passed' | 'failed' | 'waived' | 'none';
  /** Where it failed or was waived: kebab-case, from a closed list that only grows. */
  readonly code?: string;
  /** One sentence without a stop. */
  readonly message: string;
  readonly hint?: string;
  /** What the rule `integrity` found. */
  readonly findings?: readonly Finding[];
}

/** Whether none of the rules forbids it. */
export function allows(verdicts: readonly RuleVerdict[]): boolean {
  return verdicts.every(({ verdict }) => verdict !== 'failed');
}
