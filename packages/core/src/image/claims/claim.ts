import type { IoOptions } from '../../content/index.ts';
import { errorMessage, WaybillError } from '../../errors/index.ts';

/** Who builds, as far as it tells: for messages, and to ask the platform whether that run has ended. */
export interface Holder {
  /** Drawn by chance for each attempt to build; what a claim is known by. `[0-9a-z]`, 16 characters or more. */
  readonly nonce: string;
  /** `OWNER/REPO`. */
  readonly repository?: string;
  readonly runId?: string;
  readonly runAttempt?: string;
  readonly job?: string;
}

/** `claim.json`: that somebody is about to build, or was. Times are milliseconds since the epoch by the holder's clock. */
export interface ClaimRecord {
  readonly schemaVersion: 1;
  readonly kind: 'claim';
  readonly image: string;
  readonly identity: string;
  readonly holder: Holder;
  readonly state: 'held' | 'released';
  readonly claimedAt: number;
  readonly renewedAt: number;
  /** Milliseconds without renewal after which the holder counts as dead. */
  readonly leaseMs: number;
}

/** A claim as it was seen. */
export interface SeenClaim {
  readonly record: ClaimRecord;
  /** Changes with each renewal. */
  readonly version: string;
}

/** A claim of ours. */
export interface HeldClaim {
  readonly record: ClaimRecord;
  /** False: somebody else took it over, and what was begun must not be finished. */
  renew(options?: IoOptions): Promise<boolean>;
  /** Lets the next one begin at once. Does nothing where it is not ours any more. */
  release(options?: IoOptions): Promise<void>;
}

export interface TakeOptions extends IoOptions {
  readonly holder: Holder;
  readonly leaseMs: number;
  /** Whether this claim of somebody else counts no more. */
  readonly isDead: (claim: SeenClaim) => boolean;
}

/**
 * Who builds an image of one identity. At most one claim is held where the store is `atomic`; with `hint` two may believe
 * that they hold it, and claims only schedule.
 */
export interface Claims {
  readonly guarantee: 'atomic' | 'hint';
  /** The claims that are held, the one that counts first. */
  look(options?: IoOptions): Promise<readonly SeenClaim[]>;
  /** That claim as it stands now; undefined where it is held no more. */
  again(claim: SeenClaim, options?: IoOptions): Promise<SeenClaim | undefined>;
  /** Takes the place where no living claim stands; undefined where somebody else was first. */
  take(options: TakeOptions): Promise<HeldClaim | undefined>;
}

const MAX_CLAIM_BYTES = 64 * 1024;

export function encodeClaim(record: ClaimRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`);
}

/** The claim in these bytes. @throws WaybillError `CLAIM_INVALID` (integrity) */
export function parseClaim(bytes: Uint8Array, where: string): ClaimRecord {
  if (bytes.byteLength > MAX_CLAIM_BYTES) throw invalid(where, `it has ${bytes.byteLength} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(where, errorMessage(cause), cause);
  }
  const { schemaVersion, kind, image, identity, holder, state, claimedAt, renewedAt, leaseMs } = fields(json);
  const { nonce, repository, runId, runAttempt, job } = fields(holder);
  if (schemaVersion !== 1 || kind !== 'claim') throw invalid(where, 'it is no claim of schemaVersion 1');
  if (typeof image !== 'string' || typeof identity !== 'string') throw invalid(where, 'it names no image or identity');
  if (typeof nonce !== 'string' || !/^[0-9a-z]{16,64}$/.test(nonce)) throw invalid(where, 'it names no holder');
  if (state !== 'held' && state !== 'released') throw invalid(where, 'its state is neither held nor released');
  if (!isTime(claimedAt) || !isTime(renewedAt) || !isTime(leaseMs)) throw invalid(where, 'a time is no whole number');
  return {
    schemaVersion: 1,
    kind: 'claim',
    image,
    identity,
    holder: {
      nonce,
      ...(typeof repository === 'string' ? { repository } : {}),
      ...(typeof runId === 'string' ? { runId } : {}),
      ...(typeof runAttempt === 'string' ? { runAttempt } : {}),
      ...(typeof job === 'string' ? { job } : {}),
    },
    state,
    claimedAt,
    renewedAt,
    leaseMs,
  };
}

/** Who holds it, for people. */
export function describeHolder({ repository, runId, runAttempt, job }: Holder): string {
  if (runId === undefined) return 'another run';
  const attempt = runAttempt === undefined || runAttempt === '1' ? '' : `, attempt ${runAttempt}`;
  return `run ${runId}${attempt}${job === undefined ? '' : `, job ${job}`}${repository === undefined ? '' : ` of ${repository}`}`;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function fields(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json)) : {};
}

function invalid(where: string, why: string, cause?: unknown): WaybillError {
  return new WaybillError('CLAIM_INVALID', `${where}: ${why}`, {
    kind: 'integrity',
    hint: 'Somebody wrote there by other means than Waybill: delete it, and the next run takes the claim.',
    cause,
  });
}
