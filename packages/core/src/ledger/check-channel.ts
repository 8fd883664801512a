import type { CommitId, IoOptions, RefStore } from '../content/index.ts';
import { errorMessage } from '../errors/index.ts';
import { chainFindings } from './chain-findings.ts';
import { type ChannelName, entryOf, RECORD } from './channel-entry.ts';
import type { LedgerFinding } from './finding.ts';
import { indexFindings } from './index-findings.ts';
import type { ChannelEntry } from './ledger.ts';
import { channelRef } from './ref-name.ts';

/** Walks the whole chain and compares it with itself and with its index. */
export async function checkChannel(
  refs: RefStore,
  name: ChannelName,
  options?: IoOptions,
): Promise<readonly LedgerFinding[]> {
  const tip = await refs.resolve(channelRef(name.image, name.channel), options);
  if (tip === undefined) return [];
  const findings: LedgerFinding[] = [];
  const entries: (ChannelEntry | undefined)[] = [];
  for await (const { commit, parents, file } of refs.history(tip, RECORD, options)) {
    if (parents > 1) findings.push(merged(commit, parents));
    const entry = readable(commit, file, findings);
    if (entry !== undefined) findings.push(...nameFindings(entry, name));
    entries.push(entry);
  }
  findings.push(...chainFindings(entries));
  // What the index should say cannot be told from records that cannot be read.
  const known = entries.filter((entry) => entry !== undefined);
  if (known.length === entries.length) findings.push(...(await indexFindings(refs, tip, known.reverse(), options)));
  return findings;
}

function readable(commit: CommitId, file: Uint8Array | undefined, findings: LedgerFinding[]): ChannelEntry | undefined {
  try {
    return entryOf(commit, file);
  } catch (error) {
    findings.push({
      code: 'record-unreadable',
      level: 'error',
      subject: `commit ${commit}`,
      message: errorMessage(error),
      hint: 'Compare it with a copy: a clone, the statements in the registry, or .artifacts.json.',
    });
    return undefined;
  }
}

function nameFindings({ commit, record }: ChannelEntry, { image, channel }: ChannelName): LedgerFinding[] {
  if (record.image === image && record.channel === channel) return [];
  return [
    {
      code: 'names-disagree',
      level: 'error',
      subject: `record ${record.sequence} (commit ${commit})`,
      expected: `${image}, channel ${channel}`,
      found: `${record.image}, channel ${record.channel}`,
      message: 'The record is of another channel than its ref.',
    },
  ];
}

function merged(commit: CommitId, parents: number): LedgerFinding {
  return {
    code: 'chain-forked',
    level: 'error',
    subject: `commit ${commit}`,
    expected: 'at most one parent',
    found: `${parents} parents`,
    message: 'The commit joins two chains.',
  };
}
