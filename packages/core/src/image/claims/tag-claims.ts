import type { Sleep } from '../../async/index.ts';
import { base32hex, hashFields, type IoOptions } from '../../content/index.ts';
import { encodeManifest, MediaType, parseIndex } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import { type ClaimRecord, type Claims, encodeClaim, type HeldClaim, parseClaim, type SeenClaim } from './claim.ts';

/** The artifact type of a claim that stands under a tag. */
export const CLAIM_ARTIFACT_TYPE = 'application/vnd.waybill.claim.v1';

const RECORD = 'vnd.waybill.claim.record';
const DIGITS = 24;

export interface TagClaimsOptions {
  readonly registry: Registry;
  readonly image: string;
  readonly identity: string;
  readonly clock: { readonly now: () => number; readonly sleep: Sleep };
  /** D: how long a write may take before the writer gives up its claim; claims are counted after 2 D. */
  readonly settleMs: number;
}

/**
 * Claims by tags, `c.<24 digits of the sha256 over image and identity>.<nonce>`, one for each holder. No registry compares
 * and sets a tag, so this is an election, and a hint: everyone writes a claim, gives it up where that took longer than D,
 * counts after 2 D, and the lowest (by time, then nonce) wins. It is exact as long as a written tag is seen within D and the
 * clocks of the machines, set right by the registry's, differ by less than D.
 */
export function tagClaims({ registry, image, identity, clock, settleMs }: TagClaimsOptions): Claims {
  const prefix = `c.${base32hex(Buffer.from(hashFields([image, identity]), 'hex')).slice(0, DIGITS)}.`;
  const tagOf = (nonce: string): string => `${prefix}${nonce}`;

  const read = async (tag: string, options?: IoOptions): Promise<SeenClaim | undefined> => {
    const found = await registry.manifests.get({ tag }, options);
    const record = found === undefined ? undefined : claimIn(found.raw, `tag ${tag}`);
    // Whatever does not agree with its own tag is none of ours.
    if (found === undefined || record === undefined || tagOf(record.holder.nonce) !== tag) return undefined;
    return record.state === 'held' ? { record, version: found.descriptor.digest } : undefined;
  };

  const write = async (record: ClaimRecord, options: IoOptions): Promise<void> => {
    const { raw, descriptor } = encodeManifest({
      schemaVersion: 2,
      mediaType: MediaType.imageIndex,
      artifactType: CLAIM_ARTIFACT_TYPE,
      manifests: [],
      annotations: { [RECORD]: new TextDecoder().decode(encodeClaim(record)) },
    });
    await registry.manifests.put(descriptor, raw, { ...options, tag: tagOf(record.holder.nonce) });
  };

  const look = async (options?: IoOptions): Promise<readonly SeenClaim[]> => {
    const claims: SeenClaim[] = [];
    for await (const page of registry.tags(options)) {
      for (const tag of page.filter((each) => each.startsWith(prefix))) {
        const claim = await read(tag, options);
        if (claim !== undefined) claims.push(claim);
      }
    }
    return claims.sort((a, b) => compare(a.record, b.record));
  };

  return {
    guarantee: 'hint',
    look,
    again: (claim, options) => read(tagOf(claim.record.holder.nonce), options),
    async take({ holder, leaseMs, isDead, signal }) {
      const io = signal === undefined ? {} : { signal };
      const living = async (): Promise<readonly SeenClaim[]> => (await look(io)).filter((claim) => !isDead(claim));
      if ((await living()).length > 0) return undefined;
      const start = clock.now();
      const at = Math.round(registry.time());
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
      await write(record, io);
      const claim = holding(record);
      try {
        if (clock.now() - start <= settleMs) {
          await clock.sleep(Math.max(0, start + 2 * settleMs - clock.now()), signal);
          const all = await look(io);
          const [first] = all.filter((each) => !isDead(each));
          if (first?.record.holder.nonce === holder.nonce) {
            // One that seemed dead and is not learns so by its own tag.
            for (const { record: dead } of all.filter((each) => isDead(each))) {
              await write({ ...dead, state: 'released' }, io);
            }
            return claim;
          }
        }
      } catch (error) {
        await claim.release().catch(() => undefined);
        throw error;
      }
      await claim.release(io);
      return undefined;
    },
  };

  function holding(record: ClaimRecord): HeldClaim {
    let ours = true;
    return {
      record,
      async renew(options = {}) {
        if (!ours) return false;
        const renewed = { ...record, renewedAt: Math.round(registry.time()) };
        // Who took over a claim that seemed dead took its tag away.
        ours = (await read(tagOf(record.holder.nonce), options)) !== undefined;
        if (ours) await write(renewed, options);
        return ours;
      },
      async release(options = {}) {
        if (!ours) return;
        ours = false;
        const tag = tagOf(record.holder.nonce);
        await write({ ...record, state: 'released', renewedAt: Math.round(registry.time()) }, options);
        const found = await registry.manifests.get({ tag }, options);
        // Only tidiness: a released claim counts no more, and many registries delete nothing.
        if (found !== undefined) {
          await registry.manifests.delete({ digest: found.descriptor.digest }, options).catch(() => false);
        }
      },
    };
  }
}

function claimIn(raw: Uint8Array, where: string): ClaimRecord | undefined {
  try {
    const text = parseIndex(raw).value.annotations?.[RECORD];
    return text === undefined ? undefined : parseClaim(new TextEncoder().encode(text), where);
  } catch {
    return undefined;
  }
}

function compare(a: ClaimRecord, b: ClaimRecord): number {
  if (a.claimedAt !== b.claimedAt) return a.claimedAt - b.claimedAt;
  return a.holder.nonce < b.holder.nonce ? -1 : 1;
}
