import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WaybillError } from '@waybill/core/errors';
import { createMemoryStatementLog } from '@waybill/core/intoto';
import { hexOf } from '@waybill/core/oci';
import type { FixtureImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage, type SiteOptions } from '@waybill/testing/promotions';
import { createFakeRunner, type FakeRunner, fakeRunContext } from '@waybill/testing/runner';
import { listAll } from '@waybill/testing/statement-log-suite';
import { OUTPUT_NAMES, readInputs } from './inputs.ts';
import { run } from './run.ts';

let stage: PromotionStage;
let image: FixtureImage;
let written: string[];
beforeEach(async () => {
  stage = await openPromotionStage();
  image = await stage.push('one', 1);
  written = [];
});
afterEach(() => stage.stop());

/** The step, and what it failed with. */
async function step(
  inputs: Readonly<Record<string, string>>,
  context = fakeRunContext(),
  witnesses: Pick<SiteOptions, 'statements' | 'deployments'> = {},
): Promise<{ readonly runner: FakeRunner; readonly error: unknown }> {
  const digest = inputs['rollback'] === 'true' ? {} : { digest: image.root.descriptor.digest };
  const runner = createFakeRunner({ inputs: { image: stage.image, ...digest, ...inputs } });
  const read = readInputs(runner, { ...context, server: 'https://github.com' });
  const error: unknown = await run(read, {
    runner,
    context,
    site: stage.site(witnesses),
    writeRecord: async (text) => {
      written.push(text);
      return '/nowhere/promotion.json';
    },
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { runner, error };
}

describe('the step promote', () => {
  test('sets every output, writes the record, adds a table to the summary', async () => {
    const { runner, error } = await step({ to: 'dev' });
    expect(error).toBeUndefined();
    const { digest } = image.root.descriptor;
    expect([...runner.outputs.keys()].sort((a, b) => a.localeCompare(b))).toEqual(
      [...OUTPUT_NAMES].sort((a, b) => a.localeCompare(b)),
    );
    expect(Object.fromEntries(runner.outputs)).toEqual({
      digest,
      'previous-digest': '',
      reference: `${stage.image}:dev@${digest}`,
      promoted: 'true',
      record: '/nowhere/promotion.json',
      'mounted-bytes': '0',
      'copied-bytes': '0',
    });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      schemaVersion: 1,
      promotions: [
        {
          kind: 'promotion',
          result: 'promoted',
          channel: 'dev',
          record: { sequence: 1, digest, commit: commitAt(1), actor: 'octocat' },
          recordDigest: expect.stringMatching(/^sha256:/),
          ledgerCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
        },
      ],
    });
    expect(runner.summaries).toEqual([
      expect.stringContaining(`| \`dev\` (\`${stage.image}:dev\`) | **promoted** | 1 | \`${digest}\` |  |`),
    ]);
  });

  test('done again says that nothing was promoted', async () => {
    await step({ to: 'dev' });
    const { runner } = await step({ to: 'dev' });
    expect(Object.fromEntries(runner.outputs)).toMatchObject({
      promoted: 'false',
      'previous-digest': image.root.descriptor.digest,
    });
    expect(runner.summaries[0]).toContain('**unchanged**');
  });

  test('that is refused fails after outputs and summary, and says all reasons', async () => {
    const { runner, error } = await step({ to: 'production' });
    expect(error).toMatchObject({ code: 'PROMOTION_REFUSED', kind: 'user' });
    expect(runner.outputs.get('promoted')).toBe('false');
    expect(runner.summaries[0]).toContain('| from | **failed** (not-in-source-channel) |');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ promotions: [{ result: 'refused' }] });
  });

  test('that is refused names no reference that somebody could deploy', async () => {
    const { runner } = await step({ to: 'production' });
    expect(runner.outputs.get('reference')).toBe('');
    expect(JSON.parse(written[0] ?? '')).toEqual({
      schemaVersion: 1,
      promotions: [expect.not.objectContaining({ reference: expect.anything() })],
    });
    const { runner: several } = await step({ to: 'dev\nproduction' });
    expect(several.outputs.get('reference')?.split('\n')).toEqual([expect.stringContaining(':dev@'), '']);
  });

  test('of a broken image fails with every finding in the summary', async () => {
    const [, one, two] = image.parts;
    for (const part of [one, two])
      await stage.open().blobs.delete(part?.descriptor.digest ?? image.root.descriptor.digest);
    const { runner, error } = await step({ to: 'dev' });
    expect(error).toMatchObject({ code: 'PROMOTION_REFUSED', kind: 'integrity' });
    for (const part of [one, two])
      expect(runner.summaries[0]).toContain(hexOf(part?.descriptor.digest ?? image.root.descriptor.digest));
  });

  test('with several targets has a line for each', async () => {
    const { runner } = await step({ to: `dev\nstaging\n${stage.fake.host}/octo-org/mirror:v1` });
    expect(runner.outputs.get('reference')?.split('\n')).toEqual([
      expect.stringContaining(':dev@'),
      expect.stringContaining(':staging@'),
      expect.stringContaining('/mirror:v1@'),
    ]);
    expect(Number(runner.outputs.get('mounted-bytes'))).toBeGreaterThan(0);
  });

  test('whose later target is refused tells what was done before', async () => {
    const { runner, error } = await step({ to: 'dev\nproduction' });
    expect(error).toMatchObject({ code: 'PROMOTION_REFUSED' });
    expect(runner.outputs.get('promoted')).toBe('true');
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
  });

  test('as a dry run shows each rule and the plan, and promotes nothing', async () => {
    const { runner, error } = await step({ to: 'dev', 'dry-run': 'true' });
    expect(error).toBeUndefined();
    expect(runner.outputs.get('promoted')).toBe('false');
    expect(runner.summaries[0]).toContain('| integrity | passed |');
    expect(runner.summaries[0]).toContain('- record 1 would be written, a promotion');
    expect(await stage.tagged('dev')).toBeUndefined();
  });

  test('waives what allow-diverged allows, with a warning', async () => {
    await step({ to: 'dev' });
    image = await stage.push('of no commit');
    const { runner, error } = await step({ to: 'dev', 'allow-diverged': 'true' });
    expect(error).toBeUndefined();
    expect(runner.lines.filter(({ level }) => level === 'warning')).toEqual([
      { level: 'warning', message: expect.stringContaining('neither a record nor the image names its commit') },
    ]);
  });

  test('rolls back', async () => {
    const first = image;
    await step({ to: 'dev' });
    image = await stage.push('two', 2);
    await step({ to: 'dev' });
    const { runner, error } = await step({ to: 'dev', rollback: 'true' });
    expect(error).toBeUndefined();
    expect(Object.fromEntries(runner.outputs)).toMatchObject({
      digest: first.root.descriptor.digest,
      'previous-digest': image.root.descriptor.digest,
      promoted: 'true',
    });
    expect(runner.summaries[0]).toContain('**Rollback**');
  });

  test('with `records: none` attaches nothing', async () => {
    await step({ to: 'dev', records: 'none' });
    const statements = { log: createMemoryStatementLog(), shown: 'memory', required: true };
    await step({ to: 'dev', records: 'none' }, fakeRunContext(), { statements });
    expect(await stage.open().referrers(image.root.descriptor.digest)).toEqual([]);
    expect(await listAll(statements.log)).toEqual([]);
  });

  test('tells in its record where the statement is filed', async () => {
    const statements = { log: createMemoryStatementLog(), shown: 'memory', required: true };
    expect((await step({ to: 'dev' }, fakeRunContext(), { statements })).error).toBeUndefined();
    const [filed] = await listAll(statements.log);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      promotions: [{ statement: { release: filed?.place.group, asset: filed?.place.name } }],
    });
  });

  test('of which the statement has to be filed and is not fails after its outputs, and promotes no further', async () => {
    const log = createMemoryStatementLog();
    const append = async () => {
      throw new WaybillError('GITHUB_SERVER_ERROR', 'answers 502', { kind: 'remote' });
    };
    const statements = { log: { ...log, append }, shown: 'release://octo-org/app', required: true };
    const { runner, error } = await step({ to: 'dev\nstaging' }, fakeRunContext(), { statements });
    expect(error).toMatchObject({ code: 'RECORDS_NOT_FILED', hint: expect.stringContaining('run the job again') });
    expect(Object.fromEntries(runner.outputs)).toMatchObject({
      promoted: 'true',
      reference: `${stage.image}:dev@${image.root.descriptor.digest}`,
    });
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
    expect(await stage.tagged('staging')).toBeUndefined();
  });
});

describe('an event that anybody can start', () => {
  test.each([
    ['pull_request_target', {}],
    ['issue_comment', {}],
    ['workflow_run', { triggeringRepository: 'mallory/app' }],
    ['workflow_run', {}],
  ])('%s %j promotes nothing, and asks nobody', async (eventName, changes) => {
    stage.fake.clearLog();
    const { error } = await step({ to: 'dev' }, fakeRunContext({ eventName, ...changes }));
    expect(error).toMatchObject({ code: 'EVENT_UNTRUSTED', kind: 'user' });
    expect(stage.requests()).toEqual([]);
  });

  test("a workflow_run of the repository's own does", async () => {
    const context = fakeRunContext({ eventName: 'workflow_run', triggeringRepository: 'octo-org/app' });
    expect((await step({ to: 'dev' }, context)).error).toBeUndefined();
  });
});

test('what stands in the ledger cannot leave its cell in the summary', async () => {
  const { runner } = await step({ to: 'dev' }, fakeRunContext({ actor: '| **bold** <script>' }));
  expect(runner.summaries[0]).not.toContain('<script>');
});
