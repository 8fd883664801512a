import type { CommitId, IoOptions, RefStore } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { digestOf } from '../oci/index.ts';
import type { ChannelEntry } from './ledger.ts';
import { parseChannelRecord } from './record-json.ts';
import { channelRef } from './ref-name.ts';

/** The file of a commit that holds its record. */
export const RECORD = 'record.json';

/** The channel that a record must be of. */
export interface ChannelName {
  readonly image: string;
  readonly channel: string;
}

/** The record of a commit of this channel. @throws WaybillError `RECORD_INVALID`, `NAMES_DISAGREE` (both integrity) */
export async function readEntry(
  refs: RefStore,
  commit: CommitId,
  name: ChannelName,
  options?: IoOptions,
): Promise<ChannelEntry> {
  return checkNames(entryOf(commit, await refs.readFile(commit, RECORD, options)), name);
}

/** @throws WaybillError `RECORD_INVALID` (integrity) */
export function entryOf(commit: CommitId, file: Uint8Array | undefined): ChannelEntry {
  const where = `${RECORD} of commit ${commit}`;
  if (file === undefined) {
    throw new WaybillError('RECORD_INVALID', `${where}: there is no such file`, {
      kind: 'integrity',
      hint: 'Somebody changed the ledger by other means than Waybill: compare it with a copy.',
    });
  }
  return { commit, record: parseChannelRecord(file, where), recordDigest: digestOf(file) };
}

/** The entry, if it is of this channel. @throws WaybillError `NAMES_DISAGREE` (integrity) */
export function checkNames(entry: ChannelEntry, { image, channel }: ChannelName): ChannelEntry {
  const { record } = entry;
  if (record.image === image && record.channel === channel) return entry;
  throw namesDisagree(entry, channelRef(image, channel));
}

/** The error for a record under a ref that does not follow from the names in it. */
export function namesDisagree({ commit, record }: ChannelEntry, ref: string): WaybillError {
  return new WaybillError(
    'NAMES_DISAGREE',
    `${ref}: the record of commit ${commit} is of ${record.image}, channel ${record.channel}, which stands under another ref`,
    { kind: 'integrity', hint: 'Somebody pointed the ref of one channel at the record of another.' },
  );
}
