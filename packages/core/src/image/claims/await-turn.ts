import type { RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Claims, describeHolder, type HeldClaim, type Holder, type SeenClaim } from './claim.ts';
import { watchClaims } from './claim-watch.ts';

/** Times of claims, in milliseconds. */
export interface ClaimTimes {
  /** How often a holder renews. */
  readonly renewEveryMs: number;
  /** Without renewal for so long a claim is dead. */
  readonly leaseMs: number;
  /** How often others look. */
  readonly pollMs: number;
  /** How long nobody may show a sign of life before waiting ends in an error. */
  readonly waitMs: number;
}

export interface TurnOptions<T> extends IoOptions {
  readonly claims: Claims;
  readonly holder: Holder;
  readonly times: ClaimTimes;
  /** What the others wait for; undefined as long as it is not there. */
  readonly find: (options: IoOptions) => Promise<T | undefined>;
  /** Whether the holder cannot be alive, as is known without asking anybody. */
  readonly isOver?: (holder: Holder) => boolean;
  /**
   * Whether the platform says that the holder's run has ended; undefined: not known. Asked where a renewal is late, at most once
   * in the time of one.
   */
  readonly hasEnded?: (holder: Holder, options: IoOptions) => Promise<boolean | undefined>;
  readonly clock: RetryClock;
  /** Told once for each claim that is waited for. */
  readonly onWait: (message: string) => void;
}

export type Turn<T> =
  | { readonly kind: 'found'; readonly found: T }
  /** It is this run's turn. */
  | { readonly kind: 'claimed'; readonly claim: HeldClaim };

/** So many times the time of a renewal after the last one, a holder may be gone. */
const LATE = 1.5;

/**
 * Waits until what is looked for is there, or until it is this run's turn to make it.
 * @throws WaybillError `WAIT_EXCEEDED` (remote) where a claim stands that nobody renews, for longer than waiting may take
 */
export async function awaitTurn<T>(options: TurnOptions<T>): Promise<Turn<T>> {
  const { claims, holder, times, find, isOver, hasEnded, clock, onWait, signal } = options;
  const io = signal === undefined ? {} : { signal };
  const watch = watchClaims({ renewEveryMs: times.renewEveryMs, now: clock.now });
  const told = new Set<string>();
  const asked = new Map<string, number>();
  for (let living: SeenClaim | undefined; ; ) {
    signal?.throwIfAborted();
    const found = await find(io);
    if (found !== undefined) return { kind: 'found', found };
    living = (living === undefined ? undefined : await stillLives(living)) ?? (await firstLiving());
    if (living === undefined) {
      const claim = await claims.take({ ...io, holder, leaseMs: times.leaseMs, isDead: watch.isDead });
      if (claim !== undefined) return await settle(claim);
    } else {
      tell(living);
    }
    if (watch.stalledMs() >= times.waitMs) throw waitExceeded(living, times.waitMs);
    await clock.sleep(times.pollMs * (0.5 + clock.random()), signal);
  }

  /** Who built before may have recorded and released between the two looks. */
  async function settle(claim: HeldClaim): Promise<Turn<T>> {
    let found: T | undefined;
    try {
      found = await find(io);
    } catch (error) {
      await claim.release().catch(() => undefined);
      throw error;
    }
    if (found === undefined) return { kind: 'claimed', claim };
    await claim.release(io);
    return { kind: 'found', found };
  }

  async function firstLiving(): Promise<SeenClaim | undefined> {
    const all = await claims.look(io);
    watch.observe(all);
    for (const claim of all) {
      if (!watch.isDead(claim) && !(await endedBy(claim))) return claim;
    }
    return undefined;
  }

  /** One look at that claim alone. */
  async function stillLives(claim: SeenClaim): Promise<SeenClaim | undefined> {
    const now = await claims.again(claim, io);
    if (now === undefined) return undefined;
    watch.observe([now]);
    return watch.isDead(now) || (await endedBy(now)) ? undefined : now;
  }

  async function endedBy(claim: SeenClaim): Promise<boolean> {
    const ended = isOver?.(claim.record.holder) === true || (await platformSaysEnded(claim));
    if (ended) watch.ended(claim);
    return ended;
  }

  async function platformSaysEnded({ record }: SeenClaim): Promise<boolean> {
    const now = clock.now();
    const last = asked.get(record.holder.nonce);
    const isLate = now - record.renewedAt >= times.renewEveryMs * LATE;
    if (hasEnded === undefined || !isLate || (last !== undefined && now - last < times.renewEveryMs)) return false;
    asked.set(record.holder.nonce, now);
    return (await hasEnded(record.holder, io)) === true;
  }

  function tell({ record }: SeenClaim): void {
    if (told.has(record.holder.nonce)) return;
    told.add(record.holder.nonce);
    onWait(`${describeHolder(record.holder)} builds this image; waiting for it`);
  }
}

function waitExceeded(claim: SeenClaim | undefined, waitMs: number): WaybillError {
  const minutes = Math.round(waitMs / 6000) / 10;
  const who = claim === undefined ? 'another run' : describeHolder(claim.record.holder);
  return new WaybillError(
    'WAIT_EXCEEDED',
    `${who} holds the claim on this build and showed no sign of life for ${minutes} minutes`,
    {
      kind: 'remote',
      hint: 'Nothing was built a second time. Look at that run, then run this job again; `wait-minutes` says how long to wait.',
    },
  );
}
