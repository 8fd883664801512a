import { WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import type { PromoteDeps } from './deps.ts';
import { imageName } from './sides.ts';

/** How often a tag is moved before it is told that it does not stay where it is put. */
const MAX_ROUNDS = 20;

/** Registries answer with what they had before for a while: milliseconds between the looks. */
const READ_BACK_MS = [0, 200, 500, 1000, 2000];

/** Where a tag should point. */
export interface Wanted {
  readonly tag: string;
  readonly digest: Digest;
}

/**
 * Points a tag where it should, reads it back, and asks again where it should point: somebody may have promoted meanwhile,
 * and whoever moves a tag last must be one who asked last. What it points at in the end.
 * @param wanted the same object as long as nothing changes
 * @throws WaybillError `TAG_NOT_MOVED` (remote), `DIGEST_LOST` (integrity)
 */
export async function projectTag<T extends Wanted>(
  target: Registry,
  wanted: () => Promise<T>,
  isSame: (a: T, b: T) => boolean,
  { clock, signal }: Pick<PromoteDeps, 'clock' | 'signal'>,
): Promise<T> {
  const io = signal === undefined ? {} : { signal };
  let now = await wanted();
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const { tag, digest }: Wanted = now;
    const manifest = await target.manifests.get({ digest }, io);
    if (manifest === undefined) throw digestLost(imageName(target), digest);
    await target.manifests.put(manifest.descriptor, manifest.raw, { ...io, tag });
    for (const wait of READ_BACK_MS) {
      if (wait > 0) await clock.sleep(wait, signal);
      const found = (await target.manifests.get({ tag }, io))?.descriptor.digest;
      const next = await wanted();
      if (!isSame(now, next)) {
        now = next;
        break;
      }
      if (found === digest) return now;
    }
  }
  throw new WaybillError(
    'TAG_NOT_MOVED',
    `${imageName(target)}:${now.tag} does not stay at ${now.digest}, where it was moved to`,
    {
      kind: 'remote',
      hint: 'Somebody else moves it, or the registry keeps tags from moving. For a channel, `waybill channel repair` moves it again.',
    },
  );
}

/** A recorded digest that is gone from the registry: a state of its own, never quietly replaced. */
export function digestLost(image: string, digest: Digest): WaybillError {
  return new WaybillError('DIGEST_LOST', `${image}@${digest} is recorded, and no longer there`, {
    kind: 'integrity',
    hint: 'Promote it again from where it still is, or roll the channel back.',
  });
}
