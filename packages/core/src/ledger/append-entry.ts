import type { IoOptions, RefStore } from '../content/index.ts';
import { type ChannelName, entryOf, RECORD } from './channel-entry.ts';
import { encodeFacts, factsAfter, factsPath, indexInvalid, isRollbackFrom, parseFacts } from './digest-facts.ts';
import type { ChannelEntry, DigestFacts } from './ledger.ts';
import { encodeChannelRecord } from './record-json.ts';
import type { ChannelDraft, ChannelRecord } from './records.ts';
import { channelRef } from './ref-name.ts';

/** Puts the record on top of `expected`; undefined where the channel's tip is another one by now. */
export async function appendEntry(
  refs: RefStore,
  { image, channel }: ChannelName,
  draft: ChannelDraft,
  expected: ChannelEntry | undefined,
  options?: IoOptions,
): Promise<ChannelEntry | undefined> {
  const record: ChannelRecord = {
    ...draft,
    schemaVersion: 1,
    sequence: (expected?.record.sequence ?? 0) + 1,
    ...(expected === undefined ? {} : { previous: expected.recordDigest }),
    image,
    channel,
  };
  const bytes = encodeChannelRecord(record);
  const commit = await refs.commit(
    {
      ...(expected === undefined ? {} : { parent: expected.commit }),
      files: { [RECORD]: bytes, ...(await indexFiles(refs, record, expected, options)) },
      message: messageOf(record),
    },
    options,
  );
  const moved = await refs.move(channelRef(image, channel), commit, { ...options, expected: expected?.commit });
  // As every later reader sees it: without what is empty.
  return moved ? entryOf(commit, bytes) : undefined;
}

async function indexFiles(
  refs: RefStore,
  record: ChannelRecord,
  tip: ChannelEntry | undefined,
  options?: IoOptions,
): Promise<Record<string, Uint8Array>> {
  const read = async (digest: ChannelRecord['digest']): Promise<DigestFacts | undefined> => {
    const path = factsPath(digest);
    const file = tip === undefined ? undefined : await refs.readFile(tip.commit, path, options);
    return file === undefined ? undefined : parseFacts(file, `${path} of commit ${tip?.commit ?? ''}`);
  };
  const own = await read(record.digest);
  const replaced = tip !== undefined && isRollbackFrom(record, tip) ? await read(tip.record.digest) : undefined;
  if (tip !== undefined && replaced === undefined && isRollbackFrom(record, tip)) {
    throw indexInvalid(`the index of commit ${tip.commit}`, `${tip.record.digest} is missing, and a record is of it`);
  }
  const facts = factsAfter(record, tip, { own, replaced });
  return Object.fromEntries([...facts].map(([digest, each]) => [factsPath(digest), encodeFacts(each)]));
}

/** For people who read the ref with git alone. Every name in it was checked by the schema. */
function messageOf({ kind, sequence, image, channel, digest, actor }: ChannelRecord): string {
  const by = actor === undefined ? '' : `\n\nby ${oneLine(actor)}`;
  return `${kind} ${sequence} of ${image} in ${channel}: ${digest}${by}\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 100);
}
