import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import { type CopyPlan, type CopyResult, copyImage, planCopy } from '../registry/index.ts';
import { type Verification, verifyDigest } from '../verify/index.ts';
import type { PromoteDeps } from './deps.ts';
import { type Moved, NOTHING_MOVED } from './outcome.ts';
import { assertWritable, imageName, type Sides } from './sides.ts';

/** What a delivery found at the source while it copied: something that it names is not there. */
export interface Undeliverable {
  readonly delivered: false;
  readonly verification: Verification;
}

export type Delivery = Undeliverable | { readonly delivered: true; readonly moved: Moved; readonly copied: boolean };

/**
 * Brings the digest, and what is attached to it, to the target, and verifies there that it is whole. Within one repository
 * there is nothing to bring; whether it takes anything from us is found out all the same.
 * @throws WaybillError `TARGET_NOT_WHOLE` (integrity)
 */
export async function deliver(
  { source, target }: Sides,
  what: { readonly digest: Digest; readonly referrers: 'all' | 'none' },
  { clock, log, signal }: PromoteDeps,
): Promise<Delivery> {
  const io = signal === undefined ? {} : { signal };
  const copy = async (existing: 'trust' | 'check') => {
    const result = await copyImage({
      from: source,
      to: target,
      root: what.digest,
      referrers: what.referrers,
      existing,
      clock,
      ...io,
    });
    for (const { message } of result.notes) log.warning(message);
    return result;
  };
  const look = (present?: ReadonlySet<Digest>) =>
    verifyDigest({
      registry: target,
      digest: what.digest,
      layers: 'exist',
      ...(present === undefined ? {} : { present }),
      ...io,
    });

  if (source === target) {
    await assertWritable(target, io);
    return { delivered: true, moved: NOTHING_MOVED, copied: false };
  }
  let result: CopyResult;
  try {
    result = await copy('trust');
  } catch (error) {
    if (!isBroken(error)) throw error;
    // The copy tells the first thing that is missing, the verification all.
    const verification = await verifyDigest({ registry: source, digest: what.digest, layers: 'exist', ...io });
    if (verification.verified === 'false') return { delivered: false, verification };
    throw error;
  }
  let moved = movedBy(result);
  let there = await look(result.present);
  if (there.verified === 'false' && result.rootExisted) {
    // Somebody's clean-up took parts of what the target had.
    result = await copy('check');
    moved = sum(moved, movedBy(result));
    // What lost a part once is looked at for itself, whatever was answered to the copy.
    there = await look();
  }
  if (there.verified === 'false') throw notWhole(imageName(target), what.digest, there);
  await assertWritable(target, io);
  return { delivered: true, moved, copied: true };
}

/**
 * Carries over what was attached at the source since the target got the digest. That the source no longer has it is no
 * error: the target has. Undefined where there was nothing to carry.
 */
export async function carryAttached(
  { source, target }: Sides,
  what: { readonly digest: Digest; readonly referrers: 'all' | 'none' },
  { clock, log, signal }: PromoteDeps,
): Promise<Moved | undefined> {
  if (source === target || what.referrers === 'none') return undefined;
  const io = signal === undefined ? {} : { signal };
  const had = target.hasTaken();
  try {
    const result = await copyImage({ from: source, to: target, root: what.digest, referrers: 'all', clock, ...io });
    return target.hasTaken() === had ? undefined : movedBy(result);
  } catch (error) {
    if (!isBroken(error)) throw error;
    log.info(`what is attached in ${imageName(source)} was not looked at: ${errorMessage(error)}`);
    return undefined;
  }
}

/** What {@link carryAttached} would carry; undefined where there is nothing. It writes nothing. */
export async function planAttached(
  { source, target }: Sides,
  what: { readonly digest: Digest; readonly referrers: 'all' | 'none' },
  { clock, signal }: PromoteDeps,
): Promise<CopyPlan | undefined> {
  if (source === target || what.referrers === 'none') return undefined;
  const io = signal === undefined ? {} : { signal };
  try {
    const plan = await planCopy({ from: source, to: target, root: what.digest, referrers: 'all', clock, ...io });
    const isNew =
      plan.referrers.some(({ action }) => action === 'attach') ||
      plan.legacyTags.some(({ action }) => action === 'put' || action === 'merge');
    return isNew ? plan : undefined;
  } catch (error) {
    if (!isBroken(error)) throw error;
    return undefined;
  }
}

/** Something that a manifest names is not there, or is not what its digest says. */
function isBroken(error: unknown): boolean {
  const isGone = ['BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'].includes(errorCode(error) ?? '');
  return isGone || (error instanceof WaybillError && error.kind === 'integrity');
}

function movedBy({ mountedBlobs, mountedBytes, copiedBlobs, copiedBytes, referrers }: CopyResult): Moved {
  return { mountedBlobs, mountedBytes, copiedBlobs, copiedBytes, referrers };
}

function sum(a: Moved, b: Moved): Moved {
  return {
    mountedBlobs: a.mountedBlobs + b.mountedBlobs,
    mountedBytes: a.mountedBytes + b.mountedBytes,
    copiedBlobs: a.copiedBlobs + b.copiedBlobs,
    copiedBytes: a.copiedBytes + b.copiedBytes,
    referrers: b.referrers,
  };
}

/** The error that says what of a digest the target lacks. */
export function notWhole(image: string, digest: Digest, { findings }: Verification): WaybillError {
  const errors = findings.filter(({ level }) => level === 'error').map(({ message }) => message);
  return new WaybillError(
    'TARGET_NOT_WHOLE',
    `${image}@${digest} is not whole where it was brought to: ${errors.join('; ') || 'it cannot be verified'}`,
    {
      kind: 'integrity',
      hint: 'Look whether a clean-up of the registry runs at the same time; the tag was not moved.',
    },
  );
}
