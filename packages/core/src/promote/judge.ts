import type { Channel } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import type { ChannelEntry } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Finding } from '../verify/index.ts';
import type { ChannelDeps } from './deps.ts';
import { type Candidate, readSourceFacts } from './inspect.ts';
import { ancestryRule } from './rules/ancestry-rule.ts';
import { commitOf, commitRule } from './rules/commit-rule.ts';
import { evidenceRule } from './rules/evidence.ts';
import { fromRule, type SourceFacts, soakRule } from './rules/from-rule.ts';
import { requireRule } from './rules/require-rule.ts';
import type { RuleVerdict } from './rules/verdict.ts';

export interface JudgeOptions extends IoOptions {
  readonly image: string;
  readonly channel: Channel;
  /** Of the channels that it takes from only this one counts. */
  readonly via: string | undefined;
  readonly digest: Digest;
  readonly candidate: Candidate;
  readonly allowDiverged: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What the channel's rules say of the digest: all of them, whatever the first ones say.
 * @param tip what the channel has; undefined: nothing, or that a rollback does not ask what comes first
 */
export async function judge(
  options: JudgeOptions,
  tip: ChannelEntry | undefined,
  { ledger, ancestry }: Pick<ChannelDeps, 'ledger' | 'ancestry'>,
): Promise<readonly RuleVerdict[]> {
  const { image, channel, digest, candidate, allowDiverged, now, signal } = options;
  const io = signal === undefined ? {} : { signal };
  const integrity = integrityRule(candidate.verification.findings, candidate.verification.verified !== 'false');
  if (integrity.verdict === 'failed') return [integrity];
  const sources: SourceFacts = await readSourceFacts(ledger, image, sourcesOf(options), digest, io);
  const current = tip?.record.commit;
  const next = commitOf(candidate.commits);
  const relation =
    tip === undefined
      ? undefined
      : current === undefined || next === undefined
        ? 'unknown'
        : await ancestry.compareCommits(current, next, io);
  return [
    integrity,
    requireRule(channel),
    fromRule(channel, digest, sources),
    soakRule(channel, sources, now),
    evidenceRule(channel.evidence, candidate.evidence),
    commitRule(candidate.commits),
    ancestryRule(channel.name, { current, next }, relation, allowDiverged),
  ];
}

/** The channels that may have brought the digest. */
export function sourcesOf({ channel, via }: Pick<JudgeOptions, 'channel' | 'via'>): readonly string[] {
  return via === undefined ? channel.from : [via];
}

/** The digest is whole where it is now. */
export function integrityRule(findings: readonly Finding[], isWhole: boolean): RuleVerdict {
  const errors = findings.filter(({ level }) => level === 'error');
  if (isWhole) return { rule: 'integrity', verdict: 'passed', message: 'everything that it names is there', findings };
  const [first] = errors;
  return {
    rule: 'integrity',
    verdict: 'failed',
    code: first?.code ?? 'not-whole',
    message: `it is not whole: ${first?.message ?? 'nothing could be verified'}${errors.length > 1 ? `, and ${errors.length - 1} more` : ''}`,
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    findings,
  };
}
