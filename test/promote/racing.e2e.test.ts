import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChannelEntry } from '@waybill/core/ledger';
import { startFakeRegistry } from '@waybill/testing/registry';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { imageOf, openYard, type Yard } from './yard.ts';

const RACERS = 8;

let yard: Yard;
beforeAll(() => {
  yard = openYard();
});
afterAll(() => yard?.remove());

describe.each([
  ['docker-registry, which has no referrers API', startDockerRegistry],
  ['a registry with the referrers API', startFakeRegistry],
] as const)('eight promotions race over a bare repository and %s', (_, start) => {
  let registry: { readonly host: string; stop(): Promise<void> };
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry?.stop());

  test('a gapless sequence, no older commit on top, the tag at its end', async () => {
    const from = yard.open(registry.host, 'octo-org/app');
    const commits = Array.from({ length: RACERS }, (_each, at) => yard.commit(`commit ${at}`));
    const images = await Promise.all(commits.map((commit, at) => yard.push(from, `image ${at}`, commit)));
    const outcomes = await Promise.all(images.map(({ root }) => yard.promote(from, root.descriptor.digest, 'dev')));

    const { ledger } = await yard.ledger();
    const entries: ChannelEntry[] = [];
    for await (const entry of ledger.channels.log(imageOf(from), 'dev')) entries.unshift(entry);
    expect(entries.map(({ record }) => record.sequence)).toEqual(entries.map((_each, at) => at + 1));
    const order = entries.map(({ record }) => commits.indexOf(record.commit ?? ''));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(entries.at(-1)?.record.commit).toBe(commits.at(-1));
    expect((await from.manifests.get({ tag: 'dev' }))?.descriptor.digest).toBe(images.at(-1)?.root.descriptor.digest);
    expect(await ledger.channels.check(imageOf(from), 'dev')).toEqual([]);
    expect(outcomes.filter(({ result }) => result === 'promoted')).toHaveLength(entries.length);
    expect(outcomes.filter(({ result }) => result === 'refused')).toHaveLength(RACERS - entries.length);
  });
});
