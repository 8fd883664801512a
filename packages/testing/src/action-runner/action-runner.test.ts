import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createActionRunner } from './index.ts';

const MANIFEST = `
name: Fake
inputs:
  greeting: { required: true }
  two words: { default: spaced }
  camelCase: { default: false }
  token: { default: '\${{ github.token }}' }
  job-status: { default: '\${{ job.status }}' }
runs:
  using: node24
  main: ../../dist/fake/main.js
  post: ../../dist/fake/post.js
  post-if: success() || env.FAKE_ALWAYS == 'true'
`;

const MAIN = `
import { appendFileSync } from 'node:fs';
import './part.js';
const out = (name, text) => appendFileSync(process.env[name], text);
out('GITHUB_OUTPUT', 'plain=a=b\\nmany<<EOT\\none\\n\\ntwo\\nEOT\\nempty=\\n');
out('GITHUB_STATE', 'seen=' + process.env.INPUT_GREETING + '\\n');
out('GITHUB_STEP_SUMMARY', '## Done\\n');
if (process.env.INPUT_GREETING === 'always') out('GITHUB_ENV', 'FAKE_ALWAYS=true\\n');
console.log('::warning title=CODE%3A 1,file=a%2Cb.txt::100%25 sure%0Asecond line');
console.log('::add-mask::s3cret');
console.log('::stop-commands::xyz');
console.log('::error::not a command');
console.log('::xyz::');
console.log(JSON.stringify({ ...process.env, cwd: process.cwd() }));
if (process.env.INPUT_GREETING === 'red') process.exitCode = 1;
if (process.env.INPUT_GREETING === 'late') setTimeout((text) => console.log(text), 600_000, 'ten minutes later');
if (process.env.INPUT_GREETING === 'wait') {
  process.on('SIGINT', () => { console.log('interrupted'); process.exit(130); });
  setInterval(() => {}, 1000);
  out('GITHUB_OUTPUT', 'ready=yes\\n');
}
`;

const POST = `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.GITHUB_OUTPUT, 'post=' + process.env.STATE_seen + '/' + process.env['INPUT_JOB-STATUS'] + '\\n');
`;

describe('createActionRunner', () => {
  let base = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'action-runner-'));
    for (const folder of ['root/actions/fake', 'root/dist/fake', 'workspace', 'home', 'temp']) {
      await mkdir(join(base, folder), { recursive: true });
    }
    await writeFile(join(base, 'root/package.json'), '{"type":"module"}');
    await writeFile(join(base, 'root/actions/fake/action.yml'), MANIFEST);
    await writeFile(join(base, 'root/dist/fake/main.js'), MAIN);
    await writeFile(join(base, 'root/dist/fake/part.js'), 'export const part = 1;');
    await writeFile(join(base, 'root/dist/fake/post.js'), POST);
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  const runner = (env: Record<string, string> = {}) =>
    createActionRunner({
      root: join(base, 'root'),
      workspace: join(base, 'workspace'),
      home: join(base, 'home'),
      temp: join(base, 'temp'),
      env,
    });
  const seen = (stdout: string): unknown => JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '{}');

  test('gives a step its inputs, defaults and environment, and nothing of the caller besides', async () => {
    process.env['WAYBILL_LEAK'] = 'leaked';
    try {
      const job = await runner({ GITHUB_REF: 'refs/heads/topic', OWN: 'yes' });
      const env = seen((await job.run({ action: 'fake', with: { greeting: 'hello ${{ github.ref }}' } })).stdout);
      expect(env).toMatchObject({
        INPUT_GREETING: 'hello refs/heads/topic',
        INPUT_TWO_WORDS: 'spaced',
        INPUT_CAMELCASE: 'false',
        INPUT_TOKEN: 'waybill-test-token',
        'INPUT_JOB-STATUS': 'success',
        GITHUB_REF: 'refs/heads/topic',
        OWN: 'yes',
        HOME: join(base, 'home'),
        cwd: join(base, 'workspace'),
      });
      expect(env).not.toHaveProperty('WAYBILL_LEAK');
    } finally {
      delete process.env['WAYBILL_LEAK'];
    }
  });

  test('runs an action that lies elsewhere below the root', async () => {
    await mkdir(join(base, 'root/elsewhere'));
    await writeFile(join(base, 'root/elsewhere/action.yml'), 'runs: { using: node24, main: ../dist/fake/main.js }');
    expect((await (await runner()).run({ action: './elsewhere' })).outputs).toMatchObject({ plain: 'a=b' });
    await expect((await runner()).run({ action: 'elsewhere' })).rejects.toThrow('ENOENT');
  });

  test('reads outputs, state, summary, annotations, masks, cost and loaded modules', async () => {
    const job = await runner();
    const step = await job.run({ action: 'fake', with: { greeting: 'hi', greting: 'typo' } });
    expect(step.outcome).toBe('success');
    expect(step.outputs).toEqual({ plain: 'a=b', many: 'one\n\ntwo', empty: '' });
    expect(step.state).toEqual({ seen: 'hi' });
    expect(step.summary).toBe('## Done\n');
    expect(step.annotations).toEqual([
      { level: 'warning', title: undefined, message: "Unexpected input(s) 'greting'", properties: {} },
      { level: 'warning', title: 'CODE: 1', message: '100% sure\nsecond line', properties: { file: 'a,b.txt' } },
    ]);
    expect(step.masks).toEqual(['s3cret']);
    expect(step.modules.map((url) => url.split('/').at(-1))).toEqual(['main.js', 'part.js']);
    expect(step.usage?.peakBytes).toBeGreaterThan(10e6);
    expect(step.usage?.userMs).toBeGreaterThan(0);
  });

  test('lets the timers of a step run as fast as it says, and tells the step nothing of it', async () => {
    const job = await runner();
    const step = await job.run({ action: 'fake', with: { greeting: 'late' }, timerScale: 10_000 });
    expect(step.stdout).toContain('ten minutes later');
    expect(step.stdout).not.toContain('TIMER_SCALE');
  });

  test('runs posts last in, first out, with their state and the status of then', async () => {
    const job = await runner();
    await job.run({ action: 'fake', with: { greeting: 'first' } });
    await job.run({ action: 'fake', with: { greeting: 'second' } });
    const posts = await job.finish();
    expect(posts.map((post) => post.outputs['post'])).toEqual(['second/success', 'first/success']);
    expect(await job.finish()).toEqual([]);
  });

  test('leaves posts out of a red job unless their condition holds by an exported variable', async () => {
    const red = await runner();
    expect((await red.run({ action: 'fake', with: { greeting: 'red' } })).outcome).toBe('failure');
    expect(red.status).toBe('failure');
    expect(await red.finish()).toEqual([]);

    const always = await runner();
    await always.run({ action: 'fake', with: { greeting: 'always' } });
    expect(always.env).toEqual({ FAKE_ALWAYS: 'true' });
    always.fail();
    expect((await always.finish()).map((post) => post.outputs['post'])).toEqual(['always/failure']);
  });

  test('cancels with SIGINT and tells that the step was cancelled', async () => {
    const job = await runner();
    const step = await job.start({ action: 'fake', with: { greeting: 'wait' } });
    const output = join(base, 'temp/_runner/step-1/github_output');
    while (!(await readFile(output, 'utf8')).includes('ready')) await new Promise((resolve) => setTimeout(resolve, 10));
    step.cancel();
    const run = await step.finished;
    expect(run).toMatchObject({ outcome: 'cancelled', exitCode: 130 });
    expect(run.stdout).toContain('interrupted');
    expect(job.status).toBe('cancelled');
  });

  test('reports a step that was killed, without what it could not tell', async () => {
    const job = await runner();
    const step = await job.start({ action: 'fake', with: { greeting: 'wait' } });
    step.kill();
    expect(await step.finished).toMatchObject({
      outcome: 'failure',
      exitCode: null,
      signal: 'SIGKILL',
      usage: undefined,
      modules: [],
    });
  });

  test('names a manifest that is not that of a JavaScript action', async () => {
    await writeFile(join(base, 'root/actions/fake/action.yml'), 'runs: { using: docker }');
    const job = await runner();
    await expect(job.run({ action: 'fake' })).rejects.toMatchObject({ code: 'ACTION_MANIFEST_INVALID' });
  });
});
