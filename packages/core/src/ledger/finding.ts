/** What a check of a channel may find; one code for one thing that was done to it. */
export type LedgerFindingCode =
  /** A record that is no JSON, or not by the schema. */
  | 'record-unreadable'
  /** A record whose bytes are not those that the next one names as `previous`. */
  | 'record-edited'
  /** Sequence numbers that nobody has: records were taken out. */
  | 'record-removed'
  /** Records that stand in another order than their sequence numbers. */
  | 'record-reordered'
  /** Two records on the same predecessor, or a commit with several parents. */
  | 'chain-forked'
  /** A copy has records after the newest one. */
  | 'tail-cut'
  /** A copy has another record under the same sequence number: the chain was written anew. */
  | 'chain-rewritten'
  /** The index of digests says something else than the records. */
  | 'index-disagrees'
  /** A record of another image or channel than its ref says. */
  | 'names-disagree';

/** Something that is wrong, what was expected in its place, and what was found. */
export interface LedgerFinding {
  readonly code: LedgerFindingCode;
  readonly level: 'error' | 'warning' | 'note';
  /** What it is about: `record 7 (commit …)`, or a path in the tree. */
  readonly subject: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message: string;
  readonly hint?: string;
}
