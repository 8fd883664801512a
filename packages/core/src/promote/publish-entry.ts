import { WaybillError } from '../errors/index.ts';
import type { ChannelEntry } from '../ledger/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ChannelDeps } from './deps.ts';
import { projectTag } from './project-tag.ts';
import { attachStatement } from './statement/attach-statement.ts';

export interface PublishOptions {
  /** Of the channel's repository. */
  readonly target: Registry;
  readonly entry: ChannelEntry;
  /** The tag that follows the channel. */
  readonly tag: string;
  /** Whether the statement is attached; with `false` only the tag is moved. */
  readonly statement: boolean;
}

/**
 * Makes the registry say what the ledger says: the statement first, so that no tag points at what nothing witnesses, then
 * the tag, to whatever is the newest record by then.
 */
export async function publishEntry(
  { target, entry, tag, statement }: PublishOptions,
  deps: Pick<ChannelDeps, 'ledger' | 'clock' | 'signal'>,
): Promise<void> {
  const { ledger, clock, signal } = deps;
  const { image, channel } = entry.record;
  const io = signal === undefined ? {} : { signal };
  if (statement) await attachStatement(target, entry, { ...io, clock });
  await projectTag(
    target,
    async () => {
      const tip = await ledger.channels.tip(image, channel, io);
      if (tip === undefined) throw ledgerCut(image, channel);
      return { tag, digest: tip.record.digest, recordDigest: tip.recordDigest };
    },
    (a, b) => a.recordDigest === b.recordDigest,
    deps,
  );
}

function ledgerCut(image: string, channel: string): WaybillError {
  return new WaybillError('LEDGER_CUT', `the ledger of ${channel} of ${image} was there, and is gone`, {
    kind: 'integrity',
    hint: 'Somebody deleted its ref. Whoever still has its commits can push it again.',
  });
}
