import type { SeenClaim } from './claim.ts';

export interface WatchOptions {
  /** How often a holder renews, in milliseconds. */
  readonly renewEveryMs: number;
  /** Milliseconds; only differences between readings of this clock are compared with other such. */
  readonly now: () => number;
}

/**
 * Tells living claims from dead ones by what this process saw of them. A holder's own times are believed only where waiting
 * confirms them, so that a machine whose clock is wrong takes no living claim over.
 */
export interface ClaimWatch {
  /** Takes note of claims as they stand now. */
  observe(claims: readonly SeenClaim[]): void;
  /** The platform says that the run has ended. */
  ended(claim: SeenClaim): void;
  /** The claim was seen unchanged for its lease; or its last renewal is a lease ago and one more has not come when it was due. */
  isDead(claim: SeenClaim): boolean;
  /** Milliseconds since a claim was last seen to be renewed, or to be new. */
  stalledMs(): number;
}

export function watchClaims({ renewEveryMs, now }: WatchOptions): ClaimWatch {
  const seen = new Map<string, { version: string; since: number }>();
  const over = new Set<string>();
  let lastNews = now();
  let looked = false;
  return {
    observe(claims) {
      for (const { record, version } of claims) {
        const known = seen.get(record.holder.nonce);
        if (known?.version === version) continue;
        // What stood there at first sight is no sign of life: it may be of a run that died long ago.
        if (looked) lastNews = now();
        seen.set(record.holder.nonce, { version, since: now() });
      }
      looked = true;
    },
    ended: ({ record }) => void over.add(record.holder.nonce),
    isDead({ record, version }) {
      if (over.has(record.holder.nonce)) return true;
      const known = seen.get(record.holder.nonce);
      if (known === undefined || known.version !== version) return false;
      const unchanged = now() - known.since;
      if (unchanged >= record.leaseMs) return true;
      const looksDead = now() - record.renewedAt >= record.leaseMs;
      return looksDead && unchanged >= Math.min(record.leaseMs, renewEveryMs * 1.5);
    },
    stalledMs: () => now() - lastNews,
  };
}
