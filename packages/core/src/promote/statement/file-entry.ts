import { WaybillError } from '../../errors/index.ts';
import {
  fileRecord,
  nameOfFiled,
  type StatementAddress,
  type StatementFacts,
  type StatementName,
} from '../../intoto/index.ts';
import type { ChannelEntry } from '../../ledger/index.ts';
import type { PromoteDeps } from '../deps.ts';
import { encodePromotionStatement } from './promotion-statement.ts';

/** What the statement of a promotion is filed as: all of it follows from the ledger's entry. */
export function entryFiledAs(entry: ChannelEntry): { readonly name: StatementName; readonly at: number } {
  const facts = factsOfEntry(entry);
  return { name: nameOfFiled(encodePromotionStatement(entry), facts), at: facts.at };
}

/** What it is filed with. */
export function factsOfEntry({ record }: ChannelEntry): StatementFacts {
  const { kind, sequence, image, channel, digest, promotedAt } = record;
  const label = `${kind} ${sequence} of ${image} in ${channel}`;
  return { subject: digest, predicate: 'promotion', at: Date.parse(promotedAt), label };
}

export interface EntryFiling {
  readonly filed: StatementAddress | undefined;
  readonly notFiled: WaybillError | undefined;
  /** It was not there before. */
  readonly isNew: boolean;
}

/**
 * Files the statement of an entry, once: the very bytes that are attached in the registry. The entry stands in the ledger by
 * now, so nothing is thrown: whoever asked for the promotion learns what came of it first.
 * @param maybeThere the entry is one that stood already: its statement may be filed, which one question tells
 */
export async function fileEntry(
  entry: ChannelEntry,
  { statements, log, signal }: Pick<PromoteDeps, 'statements' | 'log' | 'signal'>,
  maybeThere = false,
): Promise<EntryFiling> {
  const nothing = { filed: undefined, notFiled: undefined, isNew: false };
  if (statements === undefined) return nothing;
  const to = { log, maybeThere, ...(signal === undefined ? {} : { signal }) };
  try {
    const made = await fileRecord(statements, encodePromotionStatement(entry), factsOfEntry(entry), to);
    if (made === undefined) return nothing;
    return { filed: made.place, notFiled: undefined, isNew: made.outcome === 'appended' };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof WaybillError && error.code === 'RECORDS_NOT_FILED') return { ...nothing, notFiled: error };
    throw error;
  }
}
