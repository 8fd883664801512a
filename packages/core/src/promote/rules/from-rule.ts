import type { Channel } from '../../config/index.ts';
import type { DigestFacts } from '../../ledger/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { RuleVerdict } from './verdict.ts';

/** What the channels that a channel takes from know of a digest. */
export type SourceFacts = readonly { readonly channel: string; readonly facts: DigestFacts | undefined }[];

/** A digest may enter if one of the channels that this one takes from recorded it, and did not roll it back since. */
export function fromRule(channel: Channel, digest: Digest, sources: SourceFacts): RuleVerdict {
  if (sources.length === 0) return { rule: 'from', verdict: 'none', message: `${channel.name} takes anything` };
  const has = sources.find(({ facts }) => facts !== undefined && !facts.rolledBack);
  if (has?.facts !== undefined)
    return {
      rule: 'from',
      verdict: 'passed',
      message: `${has.channel} took it, as number ${has.facts.latest.sequence}`,
    };
  const back = sources.find(({ facts }) => facts?.rolledBack === true);
  if (back !== undefined)
    return {
      rule: 'from',
      verdict: 'failed',
      code: 'rolled-back',
      message: `${back.channel} was rolled back from ${digest}`,
      hint: `Promote it to ${back.channel} again once what was wrong with it is known to be right.`,
    };
  const names = sources.map(({ channel: name }) => name);
  return {
    rule: 'from',
    verdict: 'failed',
    code: 'not-in-source-channel',
    message: `${channel.name} takes from ${names.join(', ')}, which never had ${digest}`,
    hint: `Promote it to ${names[0] ?? channel.name} first.`,
  };
}

/** Time passes from the latest entry in one of the channels that it may come from. @param now milliseconds since the epoch */
export function soakRule(channel: Channel, sources: SourceFacts, now: number): RuleVerdict {
  if (channel.soakMs === 0) return { rule: 'soak', verdict: 'none', message: `${channel.name} asks for no time` };
  if (sources.length === 0)
    return {
      rule: 'soak',
      verdict: 'none',
      message: `${channel.name} takes anything, so there is nothing to count from`,
    };
  const since = sources.flatMap(({ channel: name, facts }) => {
    const at = Date.parse(facts?.latest.at ?? '');
    return facts === undefined || facts.rolledBack || Number.isNaN(at) ? [] : [{ name, at }];
  });
  const wanted = `${formatDuration(channel.soakMs)} in ${sources.map(({ channel: name }) => name).join(' or ')}`;
  const [first] = since.sort((a, b) => a.at - b.at);
  if (first === undefined)
    return {
      rule: 'soak',
      verdict: 'failed',
      code: 'soak-not-over',
      message: `${channel.name} asks for ${wanted}, where it is not`,
    };
  const passed = now - first.at;
  const seen = `it has been in ${first.name} for ${formatDuration(Math.max(0, passed))}`;
  if (passed >= channel.soakMs) return { rule: 'soak', verdict: 'passed', message: seen };
  return {
    rule: 'soak',
    verdict: 'failed',
    code: 'soak-not-over',
    message: `${channel.name} asks for ${wanted}, and ${seen}`,
    hint: `Try again after ${new Date(first.at + channel.soakMs).toISOString()}.`,
  };
}

/** Milliseconds as `2 d 3 h`, `1 h 5 min`, `12 s`: two units at most, cut. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const units: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
