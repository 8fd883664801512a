import type { RuleVerdict } from './verdict.ts';

/** How one commit stands to another: `behind` is an ancestor of it. `unknown`: at least one of them is not known. */
export type Relation = 'identical' | 'ahead' | 'behind' | 'diverged' | 'unknown';

/** The commits that are compared: of what the channel has now, and of what shall enter. */
export interface Commits {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

/** A channel never goes backwards. @param relation of `next` to `current`; undefined where the channel is empty */
export function ancestryRule(
  channel: string,
  { current, next }: Commits,
  relation: Relation | undefined,
  allowDiverged: boolean,
): RuleVerdict {
  const rule = 'ancestry';
  switch (relation) {
    case undefined:
      return { rule, verdict: 'none', message: `${channel} has nothing yet` };
    case 'identical':
      return { rule, verdict: 'passed', message: `it is of the same commit ${short(next)}` };
    case 'ahead':
      return { rule, verdict: 'passed', message: `its commit ${short(next)} comes after ${short(current)}` };
    case 'behind':
      return {
        rule,
        verdict: 'failed',
        code: 'commit-behind',
        message: `its commit ${short(next)} comes before ${short(current)}, which ${channel} has`,
        hint: 'A channel never goes backwards by a promotion. Use rollback to go back.',
      };
    case 'diverged':
      return waivable(
        'commit-diverged',
        `its commit ${short(next)} and ${short(current)}, which ${channel} has, are on different branches`,
        allowDiverged,
      );
    case 'unknown':
      return waivable(
        'commit-unknown',
        `${unknownWhy(channel, { current, next })}, so which comes first is not known`,
        allowDiverged,
      );
  }
}

function waivable(code: string, message: string, allowed: boolean): RuleVerdict {
  return {
    rule: 'ancestry',
    verdict: allowed ? 'waived' : 'failed',
    code,
    message,
    ...(allowed ? {} : { hint: 'Give allow-diverged where it may replace what the channel has all the same.' }),
  };
}

function unknownWhy(channel: string, { current, next }: Commits): string {
  if (next === undefined) return 'neither a record nor the image names its commit';
  if (current === undefined) return `what ${channel} has names no commit`;
  return `the repository does not have both ${short(next)} and ${short(current)}`;
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 12) ?? 'of no name';
}
