import { type Sleep, withDeadline } from '../../async/index.ts';
import { errorMessage, WaybillError } from '../../errors/index.ts';
import type { HeldClaim } from './claim.ts';

export interface KeepOptions {
  readonly renewEveryMs: number;
  readonly clock: { readonly now: () => number; readonly sleep: Sleep };
  readonly signal?: AbortSignal;
  /** Told when a renewal failed and is tried again. */
  readonly onTrouble: (message: string) => void;
}

/** How long a release may take when all else is over. */
const RELEASE_MS = 20_000;

/**
 * Does the work while the claim is renewed, and releases it at the end, however that comes. The signal that the work gets
 * aborts with `CLAIM_LOST` where the claim was taken over, or could not be renewed for as long as its lease: then somebody
 * else may be at work.
 */
export async function whileClaimed<T>(
  claim: HeldClaim,
  work: (signal: AbortSignal) => Promise<T>,
  { renewEveryMs, clock, signal, onTrouble }: KeepOptions,
): Promise<T> {
  const lost = new AbortController();
  const over = new AbortController();
  const both = signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]);
  const until = AbortSignal.any([both, over.signal]);
  const renewing = keepRenewing();
  try {
    return await work(both);
  } finally {
    over.abort();
    await renewing;
    if (!lost.signal.aborted) await release();
  }

  async function keepRenewing(): Promise<void> {
    let lastRenewed = clock.now();
    while (!until.aborted) {
      try {
        await clock.sleep(renewEveryMs, until);
        const renewed = await withDeadline(renewEveryMs, (inTime) => claim.renew({ signal: inTime }), {
          what: 'renewing the claim',
          signal: until,
          sleep: clock.sleep,
        });
        if (!renewed) return lost.abort(claimLost('another run took it over'));
        lastRenewed = clock.now();
      } catch (error) {
        if (until.aborted) return;
        onTrouble(`the claim could not be renewed: ${errorMessage(error)}`);
        if (clock.now() - lastRenewed + 2 * renewEveryMs > claim.record.leaseMs) {
          return lost.abort(claimLost(`it could not be renewed: ${errorMessage(error)}`));
        }
      }
    }
  }

  /** Not with the caller's signal: a cancelled job gives its claim back too. */
  async function release(): Promise<void> {
    try {
      await claim.release({ signal: AbortSignal.timeout(RELEASE_MS) });
    } catch (error) {
      onTrouble(`the claim could not be released, and dies by itself: ${errorMessage(error)}`);
    }
  }
}

export function claimLost(why: string): WaybillError {
  return new WaybillError('CLAIM_LOST', `the claim on this build was lost: ${why}`, {
    kind: 'remote',
    hint: 'Another run builds now; this one waits for it.',
  });
}
