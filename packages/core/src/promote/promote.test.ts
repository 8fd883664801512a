import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { WaybillError } from '../errors/index.ts';
import type { BuildRecord } from '../ledger/index.ts';
import {
  type PromoteRequest,
  type PromotionOutcome,
  type PromotionSite,
  parseTarget,
  promote,
  refusal,
} from './index.ts';

let stage: PromotionStage;
let image: FixtureImage;
beforeEach(async () => {
  stage = await openPromotionStage();
  image = await stage.push('one');
});
afterEach(() => stage.stop());

function build(changes: Partial<BuildRecord> = {}): BuildRecord {
  return {
    schemaVersion: 1,
    kind: 'build',
    image: stage.image,
    identity: 'identity-1',
    digest: image.root.descriptor.digest,
    commit: commitAt(1),
    branch: 'main',
    commitMessage: 'a change',
    toolchain: { go: '1.26.1' },
    recordedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

async function run(to: readonly string[], changes: Partial<PromoteRequest> = {}, site: PromotionSite = stage.site()) {
  const place = { host: stage.fake.host, repository: 'octo-org/build' };
  const request: PromoteRequest = {
    source: { kind: 'digest', place, digest: image.root.descriptor.digest, commit: undefined },
    to: to.map(parseTarget),
    via: undefined,
    referrers: 'all',
    statement: true,
    allowDiverged: false,
    dryRun: false,
    ...changes,
  };
  const outcomes: PromotionOutcome[] = [];
  for await (const outcome of promote(request, site)) outcomes.push(outcome);
  return outcomes;
}

const byCommit = (commit: string) => ({
  source: { kind: 'commit' as const, place: { host: stage.fake.host, repository: 'octo-org/build' }, commit },
});

describe('several targets', () => {
  test('are served in their order, each by its own rules', async () => {
    const tag = `${stage.fake.host}/octo-org/mirror:v1`;
    const outcomes = await run(['dev', 'staging', tag]);
    expect(outcomes.map(({ channel, result }) => [channel, result])).toEqual([
      ['dev', 'promoted'],
      ['staging', 'promoted'],
      [undefined, 'promoted'],
    ]);
  });

  test('end with the first that is refused', async () => {
    const outcomes = await run(['staging', 'dev']);
    expect(outcomes.map(({ result }) => result)).toEqual(['refused']);
    const [refused] = outcomes;
    const error = refused === undefined ? undefined : refusal(refused);
    expect(error).toMatchObject({ code: 'PROMOTION_REFUSED', kind: 'user' });
    expect(error?.message).toContain('- not-in-source-channel: staging takes from dev, which never had sha256:');
  });

  test('of which one is unknown: nothing is written', async () => {
    stage.fake.clearLog();
    await expect(run(['dev', 'prod'])).rejects.toMatchObject({
      code: 'CHANNEL_UNKNOWN',
      kind: 'user',
      hint: expect.stringContaining('Known are dev, staging, production'),
    });
    expect(stage.requests()).toEqual([]);
  });
});

describe('an image by its commit', () => {
  test('is the digest that was recorded, and the record of the build goes into that of the promotion', async () => {
    await stage.ledger.builds.put(build());
    const [outcome] = await run(['dev'], byCommit(commitAt(1)));
    expect(outcome).toMatchObject({
      digest: image.root.descriptor.digest,
      entry: {
        record: {
          commit: commitAt(1),
          branch: 'main',
          commitMessage: 'a change',
          toolchain: { go: '1.26.1' },
          // Who promoted, not who built.
          workflow: 'deploy',
          repository: 'octo-org/app',
        },
      },
    });
  });

  test('that nobody recorded is wrong', async () => {
    await expect(run(['dev'], byCommit(commitAt(9)))).rejects.toMatchObject({ code: 'RECORD_UNKNOWN', kind: 'user' });
  });

  test('that only a pull request built is refused on main', async () => {
    await stage.ledger.builds.put(build({ ref: 'refs/pull/5/merge' }));
    await expect(run(['dev'], byCommit(commitAt(1)))).rejects.toMatchObject({
      code: 'RECORD_REF_MISMATCH',
      kind: 'integrity',
    });
  });

  test('of which several were recorded is a choice that nobody makes for the user', async () => {
    const other = await stage.push('another');
    await stage.ledger.builds.put(build());
    await stage.ledger.builds.put(build({ identity: 'identity-2', digest: other.root.descriptor.digest }));
    await expect(run(['dev'], byCommit(commitAt(1)))).rejects.toThrow(
      expect.objectContaining({
        code: 'RECORD_AMBIGUOUS',
        message: expect.stringContaining(other.root.descriptor.digest),
      }),
    );
  });

  test('S1-U4: whose record names another commit than the image is refused', async () => {
    image = await stage.push('labelled', 2);
    await stage.ledger.builds.put(build({ commit: commitAt(3) }));
    const [outcome] = await run(['dev']);
    expect(outcome?.rules.filter(({ verdict }) => verdict === 'failed')).toMatchObject([{ code: 'commit-mismatch' }]);
  });

  test('that a record of the channel before names is known without a build record', async () => {
    await stage.ledger.builds.put(build({ commit: commitAt(4) }));
    await run(['dev']);
    for (const ref of stage.refs.refs.keys()) if (!ref.startsWith('refs/waybill/channel/')) stage.refs.refs.delete(ref);
    const [outcome] = await run(['staging']);
    expect(outcome?.entry?.record.commit).toBe(commitAt(4));
  });

  test('that the caller alone names is no proof that it comes after what the channel has', async () => {
    await stage.ledger.builds.put(build({ commit: commitAt(4) }));
    await run(['dev']);
    image = await stage.push('of nobody knows what');
    const source = { ...(await digestSource()), commit: commitAt(9) };
    const [refused] = await run(['dev'], { source });
    expect(refused?.rules.filter(({ verdict }) => verdict === 'failed')).toMatchObject([{ code: 'commit-unknown' }]);
    const [waived] = await run(['dev'], { source, allowDiverged: true });
    expect(waived).toMatchObject({ result: 'promoted' });
    expect(waived?.entry?.record).not.toHaveProperty('commit');
  });

  async function digestSource() {
    const place = { host: stage.fake.host, repository: 'octo-org/build' };
    return { kind: 'digest' as const, place, digest: image.root.descriptor.digest };
  }
});

describe('from', () => {
  test('names the channel that must have brought it', async () => {
    await run(['dev']);
    const [outcome] = await run(['staging'], { via: 'dev' });
    expect(outcome).toMatchObject({ result: 'promoted', entry: { record: { from: { channel: 'dev' } } } });
    await expect(run(['production'], { via: 'dev' })).rejects.toMatchObject({ code: 'FROM_UNKNOWN', kind: 'user' });
    await expect(run(['production'], { via: 'nowhere' })).rejects.toMatchObject({ code: 'CHANNEL_UNKNOWN' });
  });

  test('tightens a channel that takes anything', async () => {
    const [outcome] = await run(['dev'], { via: 'production' });
    expect(outcome?.rules.find(({ rule }) => rule === 'from')).toMatchObject({ code: 'not-in-source-channel' });
  });
});

describe('a plain tag', () => {
  const withoutLedger = (error: Error): PromotionSite => ({
    ...stage.site(),
    openLedger: async () => {
      throw error;
    },
  });
  const target = () => `${stage.fake.host}/octo-org/app:v1`;

  test('needs no ledger', async () => {
    const site = withoutLedger(new WaybillError('LEDGER_MISSING', 'no ledger', { kind: 'user' }));
    const [outcome] = await run([target()], {}, site);
    expect(outcome).toMatchObject({ result: 'promoted', entry: undefined, previousDigest: undefined });
    expect(await stage.tagged('v1', 'octo-org/app')).toBe(image.root.descriptor.digest);
  });

  test('tells what it had before', async () => {
    await run([target()]);
    const before = image.root.descriptor.digest;
    image = await stage.push('next');
    expect((await run([target()]))[0]).toMatchObject({ result: 'promoted', previousDigest: before });
  });

  test('that belongs to a channel is moved by its channel alone', async () => {
    const tag = `${stage.image}:dev`;
    expect((await run([tag]))[0]).toMatchObject({ result: 'promoted' });
    await run(['dev']);
    await expect(run([tag])).rejects.toMatchObject({
      code: 'TAG_OF_CHANNEL',
      kind: 'user',
      hint: 'Promote to dev: the tag follows.',
    });
  });

  test('is read back, and a registry that keeps it from moving is told', async () => {
    const site = stage.site({
      wrap: (registry) => ({
        ...registry,
        manifests: {
          ...registry.manifests,
          put: async (descriptor, raw, options) =>
            options?.tag === undefined ? registry.manifests.put(descriptor, raw, options) : { subject: undefined },
        },
      }),
    });
    await expect(run([target()], {}, site)).rejects.toMatchObject({ code: 'TAG_NOT_MOVED', kind: 'remote' });
  });

  test('is read back until a registry that lags has caught up', async () => {
    let lag = 3;
    const site = stage.site({
      wrap: (registry) => ({
        ...registry,
        manifests: {
          ...registry.manifests,
          get: async (ref, io) =>
            'tag' in ref && ref.tag === 'v1' && lag-- > 0 ? undefined : registry.manifests.get(ref, io),
        },
      }),
    });
    expect((await run([target()], {}, site))[0]).toMatchObject({ result: 'promoted' });
    expect(lag).toBeLessThan(0);
  });
});

describe('a token that may only read', () => {
  test('is known before the ledger says anything', async () => {
    const denied = new WaybillError('STORE_DENIED', 'no', { kind: 'remote' });
    const site = stage.site({
      wrap: (registry) => ({
        ...registry,
        blobs: { ...registry.blobs, push: async () => Promise.reject(denied) },
      }),
    });
    await expect(run(['dev'], {}, site)).rejects.toBe(denied);
    expect(await stage.ledger.channels.tip(stage.image, 'dev')).toBeUndefined();
  });

  test('or a ledger that may only be read, before the registry is written to', async () => {
    const denied = new WaybillError('LEDGER_DENIED', 'no', { kind: 'user' });
    const opened = stage.site();
    const site: PromotionSite = {
      ...opened,
      openLedger: async (io) => {
        const known = await opened.openLedger(io);
        return { ...known, ledger: { ...known.ledger, assertWritable: async () => Promise.reject(denied) } };
      },
    };
    stage.fake.clearLog();
    await expect(run(['dev'], {}, site)).rejects.toBe(denied);
    expect(stage.requests().filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
  });
});
