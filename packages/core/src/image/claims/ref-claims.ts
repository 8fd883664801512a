import type { CommitId, IoOptions, RefStore } from '../../content/index.ts';
import { type ClaimRecord, type Claims, encodeClaim, type HeldClaim, parseClaim, type SeenClaim } from './claim.ts';

/** The file of a claim's commit. */
const CLAIM = 'claim.json';

export interface RefClaimsOptions {
  readonly refs: RefStore;
  /** `refs/waybill/claim/<image>/<identity>`. */
  readonly ref: string;
  readonly image: string;
  readonly identity: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Claims by a ref: taken by creating it, or by compare-and-set of one that is dead or released; each renewal is a commit on
 * top. At most one is held at a time.
 */
export function refClaims({ refs, ref, image, identity, now }: RefClaimsOptions): Claims {
  const read = async (options?: IoOptions): Promise<(SeenClaim & { readonly version: CommitId }) | undefined> => {
    const commit = await refs.resolve(ref, options);
    if (commit === undefined) return undefined;
    const file = await refs.readFile(commit, CLAIM, options);
    return { record: parseClaim(file ?? new Uint8Array(), `${CLAIM} of ${ref} (commit ${commit})`), version: commit };
  };
  const held = async (options?: IoOptions): Promise<readonly SeenClaim[]> => {
    const claim = await read(options);
    return claim === undefined || claim.record.state !== 'held' ? [] : [claim];
  };
  /** The new tip; undefined where somebody else was first. */
  const put = async (
    record: ClaimRecord,
    over: CommitId | undefined,
    options: IoOptions,
  ): Promise<CommitId | undefined> => {
    const commit = await refs.commit(
      {
        ...(over === undefined ? {} : { parent: over }),
        files: { [CLAIM]: encodeClaim(record) },
        message: `claim ${record.state}: ${record.image}\n`,
      },
      options,
    );
    return (await refs.move(ref, commit, { ...options, expected: over })) ? commit : undefined;
  };

  return {
    guarantee: 'atomic',
    look: held,
    async again(claim, options) {
      const [current] = await held(options);
      return current?.record.holder.nonce === claim.record.holder.nonce ? current : undefined;
    },
    async take({ holder, leaseMs, isDead, signal }) {
      const io = signal === undefined ? {} : { signal };
      const current = await read(io);
      if (current !== undefined && current.record.state === 'held' && !isDead(current)) return undefined;
      const at = Math.round(now());
      const record: ClaimRecord = {
        schemaVersion: 1,
        kind: 'claim',
        image,
        identity,
        holder,
        state: 'held',
        claimedAt: at,
        renewedAt: at,
        leaseMs,
      };
      const tip = await put(record, current?.version, io);
      return tip === undefined ? undefined : holding(record, tip);
    },
  };

  function holding(record: ClaimRecord, first: CommitId): HeldClaim {
    let tip: CommitId | undefined = first;
    /** Whether the tip is ours: a move whose answer was lost may have gone through. */
    const isOurs = async (options: IoOptions): Promise<boolean> => {
      const current = await read(options);
      if (current?.record.holder.nonce !== record.holder.nonce || current.record.state !== 'held') return false;
      tip = current.version;
      return true;
    };
    const advance = async (state: ClaimRecord['state'], options: IoOptions = {}): Promise<boolean> => {
      for (let tries = 0; tip !== undefined && tries < 2; tries += 1) {
        const next = await put({ ...record, state, renewedAt: Math.round(now()) }, tip, options);
        if (next !== undefined) {
          tip = next;
          return true;
        }
        if (!(await isOurs(options))) tip = undefined;
      }
      return false;
    };
    return {
      record,
      renew: (options) => advance('held', options),
      async release(options) {
        if (await advance('released', options)) tip = undefined;
      },
    };
  }
}
