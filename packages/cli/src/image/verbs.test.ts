import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryRefStore, createMemoryStore } from '@waybill/core/content';
import { channelRef } from '@waybill/core/ledger';
import { createFakeSnapshots } from '@waybill/testing/cache';
import type { FixtureImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { fakeRunContext } from '@waybill/testing/runner';
import { readFacts } from '../session/index.ts';
import { type Trial, type TrialMachine, tryProgram } from '../testing/index.ts';

let stage: PromotionStage;
let folder: string;
let image: FixtureImage;
beforeEach(async () => {
  stage = await openPromotionStage();
  folder = mkdtempSync(join(tmpdir(), 'waybill-cli-image-'));
  image = await stage.push('one', 1);
});
afterEach(async () => {
  await stage.stop();
  rmSync(folder, { recursive: true });
});

function waybill(args: readonly string[], changes: Partial<TrialMachine> = {}): Promise<Trial> {
  const { clock } = stage;
  const local = readFacts({ env: { HOME: folder }, platform: 'linux', arch: 'x64', cwd: () => folder });
  return tryProgram(args, {
    store: createMemoryStore({ clock: clock.now }),
    snapshots: createFakeSnapshots('tree'),
    context: local,
    now: clock.now,
    openPromotions: async () => stage.site(),
    ...changes,
  });
}

const reference = (of = image) => `${stage.image}@${of.root.descriptor.digest}`;

describe('image promote', () => {
  test('promotes, and tells it in lines and as JSON', async () => {
    const { code, out } = await waybill(['image', 'promote', reference(), 'dev']);
    expect(code).toBe(0);
    expect(out).toMatch(/^to +dev \(127\.0\.0\.1:\d+\/octo-org\/build:dev\)\nresult +promoted\n/);
    const again = await waybill(['image', 'promote', reference(), 'dev', '--json']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.json()).toMatchObject({
      promotions: [{ result: 'unchanged', channel: 'dev', record: { sequence: 1 } }],
    });
  });

  test('that a rule refuses ends with 5 and tells all rules', async () => {
    const { code, out } = await waybill(['image', 'promote', reference(), 'production']);
    expect(code).toBe(5);
    expect(out).toMatch(/^RULE +VERDICT +WHY$/m);
    expect(out).toMatch(/^from +failed +production takes from staging, which never had sha256:/m);
  });

  test('of a broken image ends with 4 and tells what is missing', async () => {
    const layer = image.parts[1]?.descriptor.digest ?? image.root.descriptor.digest;
    await stage.open().blobs.delete(layer);
    const { code, out } = await waybill(['image', 'promote', reference(), 'dev']);
    expect(code).toBe(4);
    expect(out).toContain('layer-missing');
    expect(out).toContain(layer);
  });

  test('as a dry run tells the plan', async () => {
    const { code, out } = await waybill(['image', 'promote', reference(), 'dev', '-n']);
    expect(code).toBe(0);
    expect(out).toContain('would write record 1, a promotion');
    expect(await stage.tagged('dev')).toBeUndefined();
  });

  test('by a commit takes the image that was recorded for it', async () => {
    const { digest } = image.root.descriptor;
    const record = ['image', 'record-artifact', reference(), '--commit', commitAt(1)];
    expect(await waybill(record)).toMatchObject({ code: 0, out: `recorded: ${stage.image}@${digest}\n` });
    expect(await waybill(record)).toMatchObject({ code: 0, out: `recorded before: ${stage.image}@${digest}\n` });
    expect(await waybill(['image', 'promote', stage.image, 'dev', '--commit', commitAt(1)])).toMatchObject({ code: 0 });
    expect(await stage.tagged('dev')).toBe(digest);
  });

  test.each([
    [['image', 'promote', 'IMAGE', 'dev'], 'nothing says which image'],
    [['image', 'promote', 'IMAGE:v1', 'dev'], 'has a tag, which may be moved at any time'],
    [['image', 'promote', 'IMAGE@DIGEST'], 'TO is missing'],
    [['image', 'promote', 'IMAGE@DIGEST', 'octo-org/app:v1'], 'has neither a dot nor a port'],
    [['image', 'promote', 'IMAGE', 'dev', '--digest', 'abc'], '"abc" is no digest'],
    [['image', 'promote', 'IMAGE', 'dev', '--commit', 'abc'], '"abc" is no commit'],
    [['image', 'promote', 'IMAGE@DIGEST', 'prod'], 'has no channel "prod"'],
  ])('%j is wrong usage', async (args, why) => {
    const words = args.map((word) =>
      word.replace('IMAGE', stage.image).replace('DIGEST', image.root.descriptor.digest),
    );
    const { code, err } = await waybill(words);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });
});

describe('image rollback and history', () => {
  let second: FixtureImage;
  beforeEach(async () => {
    await waybill(['image', 'promote', reference(), 'dev']);
    second = await stage.push('two', 2);
    stage.clock.advance(60_000);
    await waybill(['image', 'promote', reference(second), 'dev']);
  });

  test('rolls back, and the history tells it', async () => {
    stage.clock.advance(60_000);
    const { code, out } = await waybill(['image', 'rollback', stage.image, 'dev']);
    expect(code).toBe(0);
    expect(out).toContain(image.root.descriptor.digest);
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
    const history = await waybill(['image', 'history', stage.image]);
    expect(history.code).toBe(0);
    expect(history.out.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^CHANNEL +NO\. +WHEN \(UTC\) +WHAT +DIGEST +COMMIT +WHO +RUN$/),
      expect.stringMatching(/^dev +3 +2026-01-01 00:02 +rollback +sha256:/),
      expect.stringMatching(/^dev +2 +2026-01-01 00:01 +promotion +sha256:/),
      expect.stringMatching(/^dev +1 +2026-01-01 00:00 +promotion +sha256:/),
    ]);
    const one = await waybill(['image', 'history', reference(second), '--json']);
    expect(one.json()).toMatchObject({ total: 1, records: [{ sequence: 2, channel: 'dev' }] });
  });

  test('a rollback from a digest that the channel does not have is wrong', async () => {
    const { code, err } = await waybill(['image', 'rollback', reference(), 'dev']);
    expect(code).toBe(2);
    expect(err).toContain(`has ${second.root.descriptor.digest} now`);
  });

  test('the history of what was never promoted is empty, and ends with 1', async () => {
    expect(await waybill(['image', 'history', 'ghcr.io/octo-org/other'])).toMatchObject({ code: 1, out: '' });
  });

  test('a ref that somebody broke is told, and hides nothing else', async () => {
    const broken = channelRef(stage.image, 'broken');
    const empty = await createMemoryRefStore(stage.refs).commit({ files: {}, message: 'm' });
    stage.refs.refs.set(broken, empty);
    stage.refs.refs.set(channelRef('ghcr.io/octo-org/other', 'dev'), empty);
    const history = await waybill(['image', 'history', stage.image, '--json']);
    expect(history.code).toBe(4);
    expect(history.json()).toMatchObject({
      total: 2,
      findings: [{ code: 'record-unreadable', subject: broken }],
    });
    expect(history.err).toContain(broken);
    const status = await waybill(['channel', 'status']);
    expect(status.code).toBe(4);
    expect(status.out).toMatch(/^dev +2 .* ok$/m);
    expect(status.out).toContain(`error  record-unreadable  ${broken}`);
    expect(status.out).toContain('error  record-unreadable  refs/waybill/channel/ghcr_2eio');
    stage.refs.refs.set(channelRef(stage.image, 'staging'), empty);
    const ofImage = await waybill(['channel', 'status', stage.image]);
    expect(ofImage.code).toBe(4);
    expect(ofImage.out).toMatch(/^dev +2 .* ok$/m);
    expect(ofImage.out).toContain(`error  record-unreadable  ${channelRef(stage.image, 'staging')}`);
  });

  test('the history of a channel with a record that cannot be read tells the others', async () => {
    await waybill(['image', 'promote', reference(), 'staging']);
    const tip = stage.refs.refs.get(channelRef(stage.image, 'dev')) ?? '';
    const parent = stage.refs.commits.get(tip)?.parent ?? '';
    const record = await createMemoryRefStore(stage.refs).readFile(tip, 'record.json');
    const store = createMemoryRefStore(stage.refs);
    const hollow = await store.commit({ parent, files: { 'record.json': new Uint8Array() }, message: 'm' });
    const files = { 'record.json': record ?? new Uint8Array() };
    const top = await store.commit({ parent: hollow, files, message: 'm' });
    stage.refs.refs.set(channelRef(stage.image, 'dev'), top);
    const history = await waybill(['image', 'history', stage.image, '--json']);
    expect(history.code).toBe(4);
    expect(history.json()).toMatchObject({
      records: expect.arrayContaining([expect.objectContaining({ channel: 'staging' })]),
      findings: [{ code: 'record-unreadable', subject: channelRef(stage.image, 'dev') }],
    });
  });

  test('get-digest tells what a channel has, or nothing', async () => {
    const { digest } = second.root.descriptor;
    expect(await waybill(['image', 'get-digest', stage.image, '--channel', 'dev'])).toMatchObject({
      code: 0,
      out: `${digest}\n`,
    });
    expect(await waybill(['image', 'get-digest', stage.image, '--channel', 'staging'])).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await waybill(['image', 'get-digest', stage.image, '--commit', commitAt(7)])).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await waybill(['image', 'get-digest', stage.image])).toMatchObject({ code: 2 });
  });
});

describe('image record-artifact', () => {
  test('S1-20: records what the run knows, and S1-21: get-digest finds it', async () => {
    const context = fakeRunContext({ sha: commitAt(1), workspace: folder });
    const recorded = await waybill(
      ['image', 'record-artifact', reference(), '--toolchain', 'go=1.26.1', '--build-duration', '12.5', '--json'],
      { context, onGithub: true },
    );
    expect(recorded.json()).toMatchObject({
      result: 'created',
      record: {
        commit: commitAt(1),
        commitMessage: 'a change',
        branch: 'main',
        repository: 'octo-org/app',
        runId: '42',
        runAttempt: 1,
        toolchain: { go: '1.26.1' },
        buildDuration: 12.5,
      },
    });
    const found = await waybill(['image', 'get-digest', stage.image, '--commit', commitAt(1)]);
    expect(found).toMatchObject({ code: 0, out: `${image.root.descriptor.digest}\n` });
    expect(JSON.parse(readFileSync(join(folder, '.artifacts.json'), 'utf8'))).toMatchObject({
      schemaVersion: 1,
      builds: [{ record: { digest: image.root.descriptor.digest, commit: commitAt(1) } }],
    });
  });

  test('takes the commit that is checked out where nobody names one', async () => {
    const runTool = async () => ({ stdout: `${commitAt(5)}\n`, stderr: '' });
    const { json } = await waybill(['image', 'record-artifact', reference(), '--json'], { runTool });
    expect(json()).toMatchObject({ record: { commit: commitAt(5), identity: commitAt(5) } });
  });

  test('S1-22: of an image that is not whole is refused with 4', async () => {
    await stage.open().blobs.delete(image.parts[1]?.descriptor.digest ?? image.root.descriptor.digest);
    const { code, err } = await waybill(['image', 'record-artifact', reference(), '--commit', commitAt(1)]);
    expect(code).toBe(4);
    expect(err).toContain('is not whole, and is not recorded');
  });

  test('of another digest under the same identity is refused with 4', async () => {
    await waybill(['image', 'record-artifact', reference(), '--commit', commitAt(1)]);
    const second = await stage.push('two', 1);
    expect(await waybill(['image', 'record-artifact', reference(second), '--commit', commitAt(1)])).toMatchObject({
      code: 4,
    });
  });

  test('of an identity that is there already tells and keeps the record of the ledger, not its own', async () => {
    const first = ['image', 'record-artifact', reference(), '--identity', 'key', '--commit', commitAt(1)];
    await waybill([...first, '--toolchain', 'go=1.26.1']);
    rmSync(join(folder, '.artifacts.json'));
    const again = ['image', 'record-artifact', reference(), '--identity', 'key', '--commit', commitAt(2)];
    const { json } = await waybill([...again, '--toolchain', 'go=1.99', '--json']);
    const record = { commit: commitAt(1), toolchain: { go: '1.26.1' } };
    expect(json()).toMatchObject({ result: 'exists', record });
    expect(JSON.parse(readFileSync(join(folder, '.artifacts.json'), 'utf8'))).toMatchObject({ builds: [{ record }] });
  });

  test.each([
    [['--toolchain', 'go']],
    [['--base-image', 'debian@sha256:abc']],
    [['--dependency', 'abc']],
    [['--build-time', 'yesterday']],
    [['--build-duration', '1h']],
  ])('%j is wrong usage', async (args) => {
    expect(await waybill(['image', 'record-artifact', reference(), '--commit', commitAt(1), ...args])).toMatchObject({
      code: 2,
    });
  });
});

describe('channel', () => {
  test('status tells what stands right and what does not, repair puts it right', async () => {
    expect(await waybill(['channel', 'status'])).toMatchObject({ code: 1, out: '' });
    await waybill(['image', 'promote', reference(), 'dev']);
    expect((await waybill(['channel', 'status', stage.image])).out).toMatch(/^dev +1 .* ok$/m);
    const other = await stage.push('stranger');
    stage.fake.contents.tag('octo-org/build', 'dev', other.root.descriptor.digest);
    const status = await waybill(['channel', 'status', stage.image, 'dev']);
    expect(status.code).toBe(4);
    expect(status.out).toContain('error  tag-moved');
    expect((await waybill(['channel', 'status', '--json'])).json()).toMatchObject({
      channels: [{ channel: 'dev', findings: [{ code: 'tag-moved' }] }],
    });
    expect(await waybill(['channel', 'repair', stage.image, 'dev'])).toMatchObject({ code: 0 });
    expect(await waybill(['channel', 'status', stage.image, 'dev'])).toMatchObject({ code: 0 });
    expect(await waybill(['channel', 'repair', stage.image, 'staging'])).toMatchObject({ code: 1 });
  });

  test('status of all knows a channel that the configuration no longer has', async () => {
    await waybill(['image', 'promote', reference(), 'dev']);
    const site = stage.site();
    const openLedger: typeof site.openLedger = async (io) => {
      const opened = await site.openLedger(io);
      const none = { pattern: '**', channels: {}, adopt: 'same-ref' } as const;
      const config = {
        version: 1,
        file: 'waybill.yml',
        images: [none],
        cache: undefined,
        trust: undefined,
        alarms: undefined,
      } as const;
      return { ...opened, config: { config, recorded: { commit: commitAt(1), digest: image.root.descriptor.digest } } };
    };
    const status = await waybill(['channel', 'status'], { openPromotions: async () => ({ ...site, openLedger }) });
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toMatch(/^dev +1 .* ok$/m);
  });

  test('log --check says how many records it looked at, and how many of them are confirmed', async () => {
    const check = ['channel', 'log', stage.image, 'dev', '--check', '--limit', '1', '--json'];
    await waybill(['image', 'promote', reference(), 'dev']);
    const second = await stage.push('two', 2);
    await waybill(['image', 'promote', reference(second), 'dev', '--no-statement']);
    rmSync(join(folder, '.artifacts.json'));
    const log = await waybill(check);
    expect(log.json()).toMatchObject({
      records: [{ sequence: 2 }],
      checked: { records: 2, confirmed: 1 },
      findings: [{ code: 'statement-missing' }],
    });
    expect(log.err).toContain('2 records checked');
    expect(log.err).toContain('confirms 1, nothing the other 1');
  });

  test('log --check looks at the chain, the registry and the local copy', async () => {
    for (const number of [2, 3, 4]) {
      image = await stage.push(`image ${number}`, number);
      await waybill(['image', 'promote', reference(), 'dev']);
    }
    const log = await waybill(['channel', 'log', stage.image, 'dev', '--check']);
    expect(log).toMatchObject({ code: 0 });
    expect(log.err).toContain('3 records checked');
    expect(log.err).toContain('a statement or a copy confirms each');
    expect((await waybill(['channel', 'log', stage.image, 'dev', '--limit', '1', '--json'])).json()).toMatchObject({
      records: [{ sequence: 3 }],
      findings: [],
    });
    // The tail is cut off, and what the registry knew of it with it.
    const ref = channelRef(stage.image, 'dev');
    const tip = stage.refs.refs.get(ref) ?? '';
    const parent = stage.refs.commits.get(tip)?.parent;
    if (parent === undefined) throw new Error('no parent');
    stage.refs.refs.set(ref, parent);
    for (const tag of stage.fake.contents.tags('octo-org/build'))
      if (tag.startsWith('waybill.dev.') && tag.endsWith('.3')) await stage.open().manifests.delete({ tag });
    const cut = await waybill(['channel', 'log', stage.image, 'dev', '--check']);
    expect(cut.code).toBe(4);
    expect(cut.out).toContain('error  tail-cut  record 3');
    expect(cut.out).toContain('.artifacts.json');
    expect((await waybill(['channel', 'status', stage.image, 'dev'])).out).toContain('tail-cut');
    expect(await waybill(['channel', 'log', stage.image, 'staging'])).toMatchObject({ code: 1 });
  });
});
