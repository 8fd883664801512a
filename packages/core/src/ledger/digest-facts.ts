import { type CommitId, isCommitId } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type Digest, hexOf } from '../oci/index.ts';
import type { Appearance, ChannelEntry, DigestFacts } from './ledger.ts';
import type { ChannelRecord } from './records.ts';

/** The folder of a channel's tree that holds one file for each digest that the channel ever recorded. */
export const DIGESTS = 'digests';

/** Where the tree keeps what it knows of the digest: `digests/<2 hex>/<62 hex>.json`. */
export function factsPath(digest: Digest): string {
  const hex = hexOf(digest);
  return `${DIGESTS}/${hex.slice(0, 2)}/${hex.slice(2)}.json`;
}

/** What is known after `record` was put on top of `tip`: of its digest, and of the one that it took the place of. */
export function factsAfter(
  record: ChannelRecord,
  tip: ChannelEntry | undefined,
  known: { readonly own: DigestFacts | undefined; readonly replaced: DigestFacts | undefined },
): ReadonlyMap<Digest, DigestFacts> {
  const here = { sequence: record.sequence, at: record.promotedAt };
  const facts = new Map<Digest, DigestFacts>();
  if (tip !== undefined && known.replaced !== undefined && isRollbackFrom(record, tip)) {
    facts.set(tip.record.digest, { ...known.replaced, rolledBack: true });
  }
  const first = known.own ?? { first: here, ...(tip === undefined ? {} : { before: tip.commit }) };
  facts.set(record.digest, { ...first, latest: here, rolledBack: false });
  return facts;
}

/** Whether the record takes the digest of `tip` away, as a rollback does. */
export function isRollbackFrom(record: ChannelRecord, tip: ChannelEntry): boolean {
  return record.kind === 'rollback' && record.digest !== tip.record.digest;
}

/** The bytes of a file of the index: always the same for the same facts. */
export function encodeFacts({ first, latest, before, rolledBack }: DigestFacts): Uint8Array {
  const json = {
    first: { sequence: first.sequence, at: first.at },
    latest: { sequence: latest.sequence, at: latest.at },
    ...(before === undefined ? {} : { before }),
    rolledBack,
  };
  return new TextEncoder().encode(`${JSON.stringify(json)}\n`);
}

/** @throws WaybillError `INDEX_INVALID` (integrity) */
export function parseFacts(bytes: Uint8Array, where: string): DigestFacts {
  const json = parseJson(bytes);
  if (!isObject(json)) throw indexInvalid(where, 'it is not a JSON object');
  const { first, latest, before, rolledBack } = json;
  if (!isAppearance(first) || !isAppearance(latest) || first.sequence > latest.sequence) {
    throw indexInvalid(where, 'its first and latest are no records');
  }
  if (typeof rolledBack !== 'boolean') throw indexInvalid(where, 'rolledBack is neither true nor false');
  if (before !== undefined && !isCommitId(before)) throw indexInvalid(where, 'before is no commit');
  if ((before === undefined) !== (first.sequence === 1)) {
    throw indexInvalid(where, 'before stands there exactly where its first record is not the first of the channel');
  }
  const beforeField: { before?: CommitId } = before === undefined ? {} : { before };
  return { first: appearance(first), latest: appearance(latest), ...beforeField, rolledBack };
}

/** The error for an index that does not fit the records. */
export function indexInvalid(where: string, why: string): WaybillError {
  return new WaybillError('INDEX_INVALID', `${where}: ${why}`, {
    kind: 'integrity',
    hint: 'Somebody changed the ledger by other means than Waybill: `waybill channel log --check` says what does not fit.',
  });
}

function appearance({ sequence, at }: Appearance): Appearance {
  return { sequence, at };
}

function isAppearance(value: unknown): value is Appearance {
  return (
    isObject(value) &&
    typeof value['sequence'] === 'number' &&
    Number.isSafeInteger(value['sequence']) &&
    value['sequence'] >= 1 &&
    typeof value['at'] === 'string' &&
    !Number.isNaN(Date.parse(value['at']))
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
