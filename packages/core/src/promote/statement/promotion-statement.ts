import { encodeStatement, parseStatement, STATEMENT_TYPE } from '../../intoto/index.ts';
import type { ChannelEntry } from '../../ledger/index.ts';
import { type Digest, hexOf, isDigest } from '../../oci/index.ts';

/** The predicate type of a statement that a channel took a digest. */
export const PROMOTION_PREDICATE_TYPE = 'urn:waybill:predicate:promotion:v1';

/** The artifact type of the manifest that holds such a statement. */
export const PROMOTION_ARTIFACT_TYPE = 'application/vnd.waybill.promotion.v1+json';

/** What is compared with the ledger. */
export interface PromotionClaim {
  readonly image: string;
  readonly channel: string;
  readonly sequence: number;
  readonly digest: Digest;
  /** Of the ledger's `record.json`. */
  readonly recordDigest: Digest;
  /** Of the record before. */
  readonly previous: Digest | undefined;
  /** The commit that held the record. */
  readonly ledgerCommit: string;
}

/**
 * The statement's bytes: that this record is the channel's, whole, and where it stood. The same entry gives the same bytes,
 * so that whoever takes up an interrupted promotion attaches what the first one would have.
 */
export function encodePromotionStatement({ commit, record, recordDigest }: ChannelEntry): Uint8Array {
  return encodeStatement({
    _type: STATEMENT_TYPE,
    subject: [{ name: record.to.reference, digest: { sha256: hexOf(record.digest) } }],
    predicateType: PROMOTION_PREDICATE_TYPE,
    predicate: { ledgerCommit: commit, recordDigest, record },
  });
}

/** What a statement in these bytes claims; undefined where it is no statement of a promotion. */
export function parsePromotionStatement(bytes: Uint8Array): PromotionClaim | undefined {
  let predicate: unknown;
  try {
    const statement = parseStatement(bytes);
    if (statement.predicateType !== PROMOTION_PREDICATE_TYPE) return undefined;
    predicate = statement.predicate;
  } catch {
    return undefined;
  }
  const { ledgerCommit, recordDigest, record } = fields(predicate);
  const { image, channel, sequence, digest, previous } = fields(record);
  if (typeof ledgerCommit !== 'string' || !isDigest(recordDigest) || !isDigest(digest)) return undefined;
  if (typeof image !== 'string' || typeof channel !== 'string' || !Number.isSafeInteger(sequence)) return undefined;
  return {
    image,
    channel,
    sequence: Number(sequence),
    digest,
    recordDigest,
    previous: isDigest(previous) ? previous : undefined,
    ledgerCommit,
  };
}

function fields(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json)) : {};
}
