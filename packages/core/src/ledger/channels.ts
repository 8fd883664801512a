import type { CommitId, IoOptions, RefStore } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';
import { appendEntry } from './append-entry.ts';
import { type ChannelName, checkNames, entryOf, namesDisagree, RECORD, readEntry } from './channel-entry.ts';
import { checkChannel } from './check-channel.ts';
import { factsPath, indexInvalid, parseFacts } from './digest-facts.ts';
import type { ChannelEntry, Channels, DigestFacts } from './ledger.ts';
import { recordFinding } from './record-finding.ts';
import { CHANNELS, channelPrefix, channelRef } from './ref-name.ts';

/** {@link Channels} over refs. */
export function createChannels(refs: RefStore): Channels {
  const tip = async (image: string, channel: string, options?: IoOptions): Promise<ChannelEntry | undefined> => {
    const commit = await refs.resolve(channelRef(image, channel), options);
    return commit === undefined ? undefined : readEntry(refs, commit, { image, channel }, options);
  };

  return {
    tip,
    async find(image, channel, digest, options) {
      const top = await tip(image, channel, options);
      return top === undefined ? undefined : readFacts(refs, top, digest, options);
    },
    async rollbackTarget(image, channel, options) {
      const top = await tip(image, channel, options);
      return top === undefined ? undefined : findTarget(refs, top, { image, channel }, options);
    },
    async append(image, channel, draft, { expected, ...options }) {
      const entry = await appendEntry(refs, { image, channel }, draft, expected, options);
      return entry === undefined
        ? { appended: false, current: await tip(image, channel, options) }
        : { appended: true, entry };
    },
    async *log(image, channel, options) {
      const commit = await refs.resolve(channelRef(image, channel), options);
      if (commit === undefined) return;
      for await (const each of refs.history(commit, RECORD, options)) {
        yield checkNames(entryOf(each.commit, each.file), { image, channel });
      }
    },
    check: (image, channel, options) => checkChannel(refs, { image, channel }, options),
    async *list({ image, onFinding, ...options } = {}) {
      const prefix = image === undefined ? CHANNELS : channelPrefix(image);
      for await (const { ref, commit } of refs.list(prefix, options)) {
        const file = await refs.readFile(commit, RECORD, options);
        let entry: ChannelEntry;
        try {
          entry = entryUnder(ref, commit, file);
        } catch (error) {
          const finding = onFinding === undefined ? undefined : recordFinding(error, ref);
          if (finding === undefined) throw error;
          onFinding?.(finding);
          continue;
        }
        yield { image: entry.record.image, channel: entry.record.channel, entry };
      }
    },
  };
}

/** @throws WaybillError `RECORD_INVALID`, `NAMES_DISAGREE` (integrity) */
function entryUnder(ref: string, commit: CommitId, file: Uint8Array | undefined): ChannelEntry {
  const entry = entryOf(commit, file);
  if (channelRef(entry.record.image, entry.record.channel) !== ref) throw namesDisagree(entry, ref);
  return entry;
}

/** What the index in the tree of `top` says of the digest. @throws WaybillError `INDEX_INVALID` (integrity) */
async function readFacts(
  refs: RefStore,
  top: ChannelEntry,
  digest: Digest,
  options?: IoOptions,
): Promise<DigestFacts | undefined> {
  const path = factsPath(digest);
  const file = await refs.readFile(top.commit, path, options);
  if (file === undefined) return undefined;
  const where = `${path} of commit ${top.commit}`;
  const facts = parseFacts(file, where);
  if (facts.latest.sequence > top.record.sequence) {
    throw indexInvalid(where, `it names record ${facts.latest.sequence}, the newest is ${top.record.sequence}`);
  }
  return facts;
}

async function findTarget(
  refs: RefStore,
  top: ChannelEntry,
  name: ChannelName,
  options?: IoOptions,
): Promise<ChannelEntry | undefined> {
  const known = new Map<Digest, Promise<DigestFacts>>();
  const factsOf = (digest: Digest): Promise<DigestFacts> => {
    const facts = known.get(digest) ?? mustHaveFacts(refs, top, digest, options);
    known.set(digest, facts);
    return facts;
  };
  const { before, first } = await factsOf(top.record.digest);
  if (before === undefined) return undefined;
  const nearest = await readEntry(refs, before, name, options);
  if (nearest.record.sequence !== first.sequence - 1) {
    throw indexInvalid(
      `the index of commit ${top.commit}`,
      `commit ${before} is record ${nearest.record.sequence}, expected ${first.sequence - 1}`,
    );
  }
  if (!(await factsOf(nearest.record.digest)).rolledBack) return nearest;
  // Rare: the digest in front of the current one was rolled back from before the current one came back.
  for await (const { commit, file } of refs.history(before, RECORD, options)) {
    const entry = checkNames(entryOf(commit, file), name);
    if (!(await factsOf(entry.record.digest)).rolledBack) return entry;
  }
  return undefined;
}

async function mustHaveFacts(
  refs: RefStore,
  top: ChannelEntry,
  digest: Digest,
  options?: IoOptions,
): Promise<DigestFacts> {
  const facts = await readFacts(refs, top, digest, options);
  if (facts === undefined) {
    throw indexInvalid(`the index of commit ${top.commit}`, `${digest} is missing, and a record is of it`);
  }
  return facts;
}
