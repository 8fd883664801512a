import { describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { successors } from '../oci/index.ts';
import { attach, type Registry } from '../registry/index.ts';
import { readStatement } from './statement/attach-statement.ts';

/** A target in another repository, so that there is something to copy; what is attached goes along. */
const CHANNELS = (host: string) => ({ production: { image: `${host}/octo-org/app` } });
const TARGET = 'octo-org/app';
const CLOCK = { now: () => 0, random: () => 0, sleep: async () => undefined };
const TYPE = 'application/spdx+json';

/** More than there are steps; the test says so where it is not. */
const MOST = 200;

/** A run that is killed at a step: `before` it is done, or `after` it was and before anybody heard of it. */
interface Kill {
  readonly at: 'registry' | 'ledger';
  readonly step: number;
  readonly when: 'before' | 'after';
}

interface Site {
  readonly stage: PromotionStage;
  readonly first: FixtureImage;
  readonly second: FixtureImage;
}

async function openSite(referrers: 'api' | 'none'): Promise<Site> {
  const stage = await openPromotionStage({ channels: CHANNELS, registry: { quirks: { referrers } } });
  const first = await stage.push('one', 1);
  const second = await stage.push('two', 2);
  const layers = [{ mediaType: TYPE, bytes: Buffer.from('{}') }];
  await attach({
    registry: stage.open(),
    subject: second.root.descriptor,
    artifactType: TYPE,
    layers,
    clock: CLOCK,
  });
  return { stage, first, second };
}

/** Promotes the second image and kills the run there: from that step on nothing is done any more. False: it never got there. */
async function promoteAndDie({ stage, second }: Site, kill: Kill): Promise<boolean> {
  let refs = 0;
  let dead = false;
  const atRefs = () => {
    if (dead) throw new Error('killed');
    refs += 1;
    // Each step is looked at twice: before and after it.
    const now = kill.when === 'before' ? refs / 2 + 0.5 : refs / 2;
    if (kill.at === 'ledger' && now === kill.step) {
      dead = true;
      throw new Error('killed');
    }
  };
  let requests = 0;
  const on = () => dead || (kill.at === 'registry' && ++requests === kill.step && (dead = true));
  const first = kill.when === 'before' ? ({ kind: 'reset', on, times: MOST } as const) : undefined;
  if (first !== undefined) stage.fake.fail(first);
  else if (kill.at === 'registry') {
    stage.fake.fail({ kind: 'cut', on: () => !dead && ++requests === kill.step && (dead = true) });
    stage.fake.fail({ kind: 'reset', on: () => dead, times: MOST });
  } else stage.fake.fail({ kind: 'reset', on: () => dead, times: MOST });
  await stage.promote(second, 'production', {}, stage.site({ atRefs })).then(
    () => undefined,
    () => undefined,
  );
  const died = dead;
  dead = false;
  // What stands of the faults is used up, and never met again.
  kill = { ...kill, step: 0 };
  return died;
}

/** Everything that the manifest under the tag names is there. */
async function expectWhole(registry: Registry, reference: { tag: string }): Promise<void> {
  const visit = async (
    ref: { tag: string } | { digest: FixtureImage['root']['descriptor']['digest'] },
  ): Promise<void> => {
    const manifest = await registry.manifests.get(ref);
    if (manifest === undefined) throw new Error(`${JSON.stringify(ref)} is not there`);
    for (const each of successors(manifest.descriptor, manifest.raw)) {
      if (each.mediaType.includes('manifest') || each.mediaType.includes('index')) await visit({ digest: each.digest });
      else expect(await registry.blobs.head(each.digest)).toBe(each.size);
    }
  };
  await visit(reference);
}

describe('a promotion that dies', () => {
  test.each([
    { at: 'registry', when: 'before', referrers: 'none' },
    { at: 'registry', when: 'after', referrers: 'none' },
    { at: 'registry', when: 'before', referrers: 'api' },
    { at: 'ledger', when: 'before', referrers: 'none' },
    { at: 'ledger', when: 'after', referrers: 'none' },
  ] as const)(
    '$when each step of the $at (referrers: $referrers) is finished by the next',
    async ({ referrers, ...kill }) => {
      let step = 1;
      const taken = new Set<string>();
      for (; step < MOST; step += 1) {
        const site = await openSite(referrers);
        const { stage, first, second } = site;
        try {
          await stage.promote(first, 'production');
          const died = await promoteAndDie(site, { ...kill, step });
          // No channel ever points at what is not whole, nor at what the ledger does not have.
          await expectWhole(stage.open(TARGET), { tag: 'production' });
          const tip = await stage.ledger.channels.tip(stage.image, 'production');
          const tag = await stage.tagged('production', TARGET);
          const digests = [first, second].map(({ root }) => root.descriptor.digest);
          expect(digests.slice(0, tip?.record.sequence)).toContain(tag);

          const next = await stage.promote(second, 'production');
          taken.add([next.result, ...next.repaired].join(' '));
          expect(await stage.tagged('production', TARGET)).toBe(second.root.descriptor.digest);
          await expectWhole(stage.open(TARGET), { tag: 'production' });
          const entry = await stage.ledger.channels.tip(stage.image, 'production');
          expect(entry?.record).toMatchObject({ sequence: 2, digest: second.root.descriptor.digest });
          expect(await stage.ledger.channels.check(stage.image, 'production')).toEqual([]);
          const of = { image: stage.image, channel: 'production', sequence: 2 };
          expect(await readStatement(stage.open(TARGET), of)).toMatchObject({ recordDigest: entry?.recordDigest });
          const attached = await stage.open(TARGET).referrers(second.root.descriptor.digest);
          expect(attached.map(({ artifactType }) => artifactType)).toContain(TYPE);
          if (!died) break;
        } finally {
          await stage.stop();
        }
      }
      // It went through every step, and the next run found each state that there is to be found.
      expect([...taken]).toEqual(expect.arrayContaining(['promoted', 'unchanged tag', 'unchanged']));
      expect(step).toBeLessThan(MOST);
    },
  );
});
