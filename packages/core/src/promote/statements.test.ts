import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, READER, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { listAll } from '@waybill/testing/statement-log-suite';
import { fetchAll } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type DeploymentFacts, openReleaseLog } from '../github/index.ts';
import type { StatementRecords } from '../intoto/index.ts';
import { digestOf } from '../oci/index.ts';
import { entryFiledAs, type PromotionOutcome, parseTarget, promote, rollbackChannel } from './index.ts';

let stage: PromotionStage;
let site: GitHubSite;
beforeEach(async () => {
  stage = await openPromotionStage();
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000 });
});
afterEach(async () => {
  await stage.stop();
  await site.stop();
});

const statements = (required: boolean, token = WRITER): StatementRecords => ({
  log: openReleaseLog(site.client(token, { writeGapMs: 0, budgetMs: 1000 })),
  shown: 'release://octo-org/app',
  required,
});
const at = (required: boolean, token = WRITER) => stage.site({ statements: statements(required, token) });
const filed = () => listAll(openReleaseLog(site.client(READER)));
const place = () => {
  const [host = '', ...path] = stage.image.split('/');
  return { host, repository: path.join('/') };
};
const back = (required: boolean): Promise<PromotionOutcome> =>
  rollbackChannel({ image: place(), channel: 'dev', current: undefined, statement: true, dryRun: false }, at(required));
const refuseUploads = () =>
  site.fake.fail({ kind: 'answer', status: 500, times: 1000, on: ({ at: host }) => host === 'uploads' });

describe('the statement of a promotion', () => {
  test('P-3: is filed under the name that follows from the ledger, the bytes that the registry has', async () => {
    const image = await stage.push('one', 1);
    const { entry, filed: address, notFiled } = await stage.promote(image, 'dev', {}, at(true));
    if (entry === undefined || address === undefined) throw new Error('not filed');
    expect(notFiled).toBeUndefined();
    const { name, at: time } = entryFiledAs(entry);
    const [statement, ...more] = await filed();
    expect(more).toEqual([]);
    expect(statement).toMatchObject({ ...name, label: `promotion 1 of ${stage.image} in dev` });
    const log = openReleaseLog(site.client(READER));
    expect(await log.find(name, time)).toEqual({ group: address.group, name: address.name });
    const bytes = await log.read(address);
    const layer = { digest: digestOf(bytes), size: bytes.byteLength, mediaType: 'application/vnd.in-toto+json' };
    expect(await fetchAll(stage.open().blobs, layer, { maxBytes: 100_000 })).toEqual(bytes);
  });

  test('is filed once, and for a rollback as well', async () => {
    const [one, two] = [await stage.push('one', 1), await stage.push('two', 2)];
    await stage.promote(one, 'dev', {}, at(false));
    expect(await stage.promote(one, 'dev', {}, at(false))).toMatchObject({ result: 'unchanged', repaired: [] });
    await stage.promote(two, 'dev', {}, at(false));
    expect(await back(true)).toMatchObject({ result: 'promoted', filed: { group: expect.any(String) } });
    expect((await filed()).map(({ label }) => label.replace(/ of .*/, '')).sort()).toEqual([
      'promotion 1',
      'promotion 2',
      'rollback 3',
    ]);
  });

  test('that an interrupted run did not file is filed by the next one', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'dev');
    expect(await filed()).toEqual([]);
    expect(await stage.promote(image, 'dev', {}, at(true))).toMatchObject({
      result: 'unchanged',
      repaired: ['asset'],
      filed: { name: expect.stringContaining('.promotion.') },
    });
    expect(await filed()).toHaveLength(1);
  });

  test('is neither attached nor filed with `records: none`, nor in a dry run', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'dev', { dryRun: true }, at(true));
    await stage.promote(image, 'dev', { statement: false }, at(true));
    expect(await stage.promote(image, 'dev', { statement: false }, at(true))).toMatchObject({ filed: undefined });
    expect(await back(true).catch((error: unknown) => error)).toMatchObject({ code: 'ROLLBACK_NOTHING' });
    expect(site.fake.log).toEqual([]);
  });
});

describe('a statement that cannot be filed', () => {
  test('records: auto: is a notice that names the permission, and the promotion stands', async () => {
    const image = await stage.push('one', 1);
    const outcome = await stage.promote(image, 'dev', {}, at(false, READER));
    expect(outcome).toMatchObject({ result: 'promoted', filed: undefined, notFiled: undefined });
    expect(stage.lines.join('\n')).toMatch(/notice: The promotion of sha256:.*`permissions: contents: write`/);
  });

  test('records: release: a token that may not is known before anything moves', async () => {
    const image = await stage.push('one', 1);
    await expect(stage.promote(image, 'dev', {}, at(true, READER))).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
      kind: 'user',
      hint: expect.stringContaining('`permissions: contents: write`'),
    });
    expect(await stage.tagged('dev')).toBeUndefined();
    expect(await stage.ledger.channels.tip(stage.image, 'dev')).toBeUndefined();
  });

  test('records: release: so is a ruleset, with its fix', async () => {
    site.fake.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    const image = await stage.push('one', 1);
    await expect(stage.promote(image, 'dev', {}, at(true))).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
      hint: expect.stringContaining('exclude `refs/tags/waybill/**` from it'),
    });
    expect(await stage.tagged('dev')).toBeUndefined();
    await stage.promote(image, 'dev');
    await stage.promote(await stage.push('two', 2), 'dev');
    await expect(back(true)).rejects.toMatchObject({ code: 'RECORDS_NOT_FILED' });
    expect((await stage.ledger.channels.tip(stage.image, 'dev'))?.record.sequence).toBe(2);
  });

  test('records: release: what goes wrong later is told once the tag stands right, and ends the step', async () => {
    const image = await stage.push('one', 1);
    refuseUploads();
    const outcome = await stage.promote(image, 'dev', {}, at(true));
    expect(outcome).toMatchObject({
      result: 'promoted',
      notFiled: { code: 'RECORDS_NOT_FILED', hint: expect.stringContaining('run the job again') },
    });
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
  });

  test('records: auto: is a warning where GitHub fails', async () => {
    const image = await stage.push('one', 1);
    refuseUploads();
    const outcome = await stage.promote(image, 'dev', {}, at(false));
    expect(outcome).toMatchObject({ result: 'promoted', filed: undefined, notFiled: undefined });
    expect(stage.lines.join('\n')).toMatch(
      /warning: The promotion of sha256:.* is not filed in release:\/\/octo-org\/app/,
    );
  });
});

describe('a deployment record', () => {
  const told: DeploymentFacts[] = [];
  const deployments = { record: async (deployment: DeploymentFacts) => void told.push(deployment) };
  beforeEach(() => void told.splice(0));

  test('says what the channel has, after a promotion, when nothing changed, and after a rollback', async () => {
    const [one, two] = [await stage.push('one', 1), await stage.push('two', 2)];
    await stage.promote(one, 'dev', {}, stage.site({ deployments }));
    await stage.promote(one, 'dev', {}, stage.site({ deployments }));
    await stage.promote(two, 'dev', {}, stage.site({ deployments }));
    const order = { image: place(), channel: 'dev', current: undefined, statement: true, dryRun: false };
    await rollbackChannel(order, stage.site({ deployments }));
    expect(told.map(({ digest }) => digest)).toEqual([one, one, two, one].map(({ root }) => root.descriptor.digest));
    expect(told[0]).toMatchObject({ name: stage.image, environment: 'dev', commit: expect.stringMatching(/1$/) });
  });

  test('is not made of what was refused, only planned, or is no channel', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'production', {}, stage.site({ deployments }));
    await stage.promote(image, 'dev', { dryRun: true }, stage.site({ deployments }));
    await stage.promote(image, `${stage.image}:v1`, {}, stage.site({ deployments }));
    expect(told).toEqual([]);
  });

  test('is made once the promotion was told: who stops the run meanwhile knows what is done', async () => {
    const image = await stage.push('one', 1);
    const abort = new AbortController();
    const record = async () => {
      abort.abort(new Error('cancelled'));
      throw new Error('the connection was closed');
    };
    const promotions = promote(
      {
        source: { kind: 'digest', place: place(), digest: image.root.descriptor.digest, commit: undefined },
        to: [parseTarget('dev')],
        via: undefined,
        referrers: 'all',
        statement: true,
        allowDiverged: false,
        dryRun: false,
      },
      { ...stage.site({ deployments: { record } }), signal: abort.signal },
    );
    expect(await promotions.next()).toMatchObject({ value: { result: 'promoted' } });
    await expect(promotions.next()).rejects.toThrow('cancelled');
  });

  test('that fails is a warning, and the promotion stands', async () => {
    const image = await stage.push('one', 1);
    const record = async () => {
      throw new WaybillError('DEPLOYMENT_NOT_RECORDED', 'answers 403', { kind: 'user', hint: 'Needed: this.' });
    };
    const outcome = await stage.promote(image, 'dev', {}, stage.site({ deployments: { record } }));
    expect(outcome).toMatchObject({ result: 'promoted' });
    expect(stage.lines.join('\n')).toContain('answers 403. Needed: this.');
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
  });
});
