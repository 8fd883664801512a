import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom, diffTrees, treeFingerprint } from '@waybill/testing/trees';
import { openSite, type Site, storeProblems, told } from './site.ts';

describe.each(['cache', 'restore-cache'])('%s, with an entry saved for deps-linux-1', (action) => {
  let site: Site;
  // What these tests restore must not be saved again under their keys.
  const quiet = action === 'cache' ? { save: 'never' } : {};
  beforeAll(async () => {
    site = openSite();
    site.plant({ 'a.txt': 'one', 'sub/b.txt': 'two' });
    const saved = await site.step('save-cache', { key: 'deps-linux-1' });
    expect(saved.outputs).toMatchObject({ result: 'new', reason: '' });
    expect(saved.outputs['digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
  afterAll(() => site.remove());

  test('sets cache-hit to the text true on an exact match, and restores the tree', async () => {
    const run = await site.step(action, { key: 'deps-linux-1' }, 'exact');
    expect(run.outcome).toBe('success');
    expect(run.outputs).toMatchObject({
      'cache-hit': 'true',
      'cache-primary-key': 'deps-linux-1',
      'cache-matched-key': 'deps-linux-1',
      result: 'exact',
      reason: '',
      'restored-files': '2',
      'restored-bytes': '6',
    });
    const [expected, found] = ['app', 'exact'].map((name) => treeFingerprint(join(site.workspace(name), 'tree')));
    expect(diffTrees((await expected) ?? [], (await found) ?? [])).toEqual([]);
  });

  test('sets cache-hit to the text false on a match by restore key', async () => {
    const run = await site.step(
      action,
      { key: 'deps-linux-2', 'restore-keys': 'other-\ndeps-linux-', ...quiet },
      'partial',
    );
    expect(run.outputs).toMatchObject({
      'cache-hit': 'false',
      'cache-primary-key': 'deps-linux-2',
      'cache-matched-key': 'deps-linux-1',
      result: 'partial',
      reason: 'restore-key',
    });
    expect(readFileSync(join(site.workspace('partial'), 'tree/sub/b.txt'), 'utf8')).toBe('two');
  });

  test('takes the key itself as a prefix too', async () => {
    const run = await site.step(action, { key: 'deps-linux', ...quiet }, 'prefix');
    expect(run.outputs).toMatchObject({
      'cache-hit': 'false',
      'cache-matched-key': 'deps-linux-1',
      reason: 'key-prefix',
    });
  });

  test('leaves cache-hit and cache-matched-key unset on a miss', async () => {
    const run = await site.step(action, { key: 'absent', ...quiet }, 'miss');
    expect(run.outcome).toBe('success');
    expect(run.outputs).toMatchObject({ 'cache-primary-key': 'absent', result: 'miss', reason: 'no-entry' });
    expect(run.outputs).not.toHaveProperty('cache-hit');
    expect(run.outputs).not.toHaveProperty('cache-matched-key');
  });

  test('fails the step on a miss with fail-on-cache-miss, in the words of actions/cache', async () => {
    const run = await site.step(action, { key: 'absent', 'fail-on-cache-miss': 'true', ...quiet }, 'fail');
    expect(run.outcome).toBe('failure');
    expect(
      run.annotations
        .filter(({ level }) => level === 'error')
        .map(({ message }) => message)
        .join(),
    ).toContain('Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: absent');
    expect(run.outputs).not.toHaveProperty('cache-hit');
  });

  test('looks up without touching a file with lookup-only', async () => {
    const run = await site.step(action, { key: 'deps-linux-1', 'lookup-only': 'true' }, 'lookup');
    expect(run.outputs).toMatchObject({ 'cache-hit': 'true', 'cache-matched-key': 'deps-linux-1', result: 'exact' });
    expect(existsSync(join(site.workspace('lookup'), 'tree'))).toBe(false);
  });

  test('names the same files under other paths as a reason for a miss', async () => {
    const run = await site.step(action, { key: 'deps-linux-1', path: 'elsewhere', ...quiet }, 'paths');
    expect(told(run)).toBe('miss/other-paths');
  });

  test('does not see what another branch saved', async () => {
    const job = await site.job({
      workspace: 'branch',
      env: { GITHUB_REF: 'refs/heads/topic', GITHUB_REF_NAME: 'topic' },
    });
    await job.run(site.request('cache', { key: 'topic-1' }));
    site.plant({ 'c.txt': 'three' }, 'branch');
    await job.finish();
    const main = await site.step(action, { key: 'topic-1', ...quiet }, 'main');
    expect(told(main)).toBe('miss/other-scope');
    const topic = await site.job({ workspace: 'topic', env: { GITHUB_REF: 'refs/heads/topic' } });
    expect((await topic.run(site.request(action, { key: 'topic-1' }))).outputs['result']).toBe('exact');
    const inherited = await site.job({ workspace: 'inherits', env: { GITHUB_REF: 'refs/heads/topic' } });
    expect((await inherited.run(site.request(action, { key: 'deps-linux-1' }))).outputs['result']).toBe('exact');
  });

  test('reports every wrong input in one message and does nothing else', async () => {
    const run = await site.step(action, { key: '', path: '', 'restore-timeout': 'soon' }, 'wrong');
    expect(run.outcome).toBe('failure');
    const errors = run.annotations.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    for (const name of ['key', 'path', 'restore-timeout']) expect(errors[0]?.message).toContain(name);
  });

  test('writes a summary that names key and result', async () => {
    const run = await site.step(action, { key: 'deps-linux-1' }, 'summary');
    expect(run.summary).toContain('deps-linux-1');
    expect(run.summary).toContain('exact');
  });
});

describe('save-cache', () => {
  let site: Site;
  beforeAll(() => {
    site = openSite();
  });
  afterAll(() => site.remove());

  test('stores the difference alone under a second key, and says unchanged where there is none', async () => {
    const noise = Buffer.alloc(3 << 20);
    createRandom(1).fill(noise);
    site.plant({ 'big.bin': noise, 'a.txt': 'one' });
    const full = await site.step('save-cache', { key: 'k-1' });
    expect(told(full)).toBe('new/');
    const tree = site.plant({ 'a.txt': 'one more' });
    const delta = await site.step('save-cache', { key: 'k-2' });
    expect(told(delta)).toBe('delta/');
    expect(Number(delta.outputs['uploaded-bytes'])).toBeLessThan(64 << 10);
    expect(Number(delta.outputs['reused-bytes'])).toBeGreaterThan(0);
    const again = await site.step('save-cache', { key: 'k-3' });
    expect(told(again)).toBe('unchanged/');
    expect(again.outputs['digest']).toBe(delta.outputs['digest']);

    for (const key of ['k-2', 'k-3']) {
      expect((await site.step('restore-cache', { key }, key)).outputs['result']).toBe('exact');
      expect(diffTrees(await treeFingerprint(tree), await treeFingerprint(join(site.workspace(key), 'tree')))).toEqual(
        [],
      );
    }
    expect(storeProblems(site.store)).toEqual([]);
  });

  test('leaves an entry that exists as it is, unless overwrite says so', async () => {
    site.plant({ 'a.txt': 'other' });
    expect(told(await site.step('save-cache', { key: 'k-1' }))).toBe('skipped/exists');
    const over = await site.step('save-cache', { key: 'k-1', overwrite: 'true' });
    expect(over.outputs['result']).toBe('delta');
    await site.step('restore-cache', { key: 'k-1' }, 'over');
    expect(readFileSync(join(site.workspace('over'), 'tree/a.txt'), 'utf8')).toBe('other');
  });

  test('skips with a warning where no file matches', async () => {
    const run = await site.step('save-cache', { key: 'none', path: 'nowhere' });
    expect(told(run)).toBe('skipped/nothing-matched');
    expect(run.outcome).toBe('success');
    expect(run.annotations.some(({ level }) => level === 'warning')).toBe(true);
  });

  test('refuses a tree with a token in it, names file and kind, never the token, and stays green', async () => {
    const token = `npm_${'a1B2'.repeat(9)}`;
    writeFileSync(join(site.workspace('secret'), '.npmrc'), `//registry.example/:_authToken=${token}\n`);
    const run = await site.step('save-cache', { key: 'secret', path: '.npmrc' }, 'secret');
    expect(told(run)).toBe('refused/secret-found');
    expect(run.outcome).toBe('success');
    expect(run.annotations.find(({ level }) => level === 'warning')?.message).toContain('.npmrc');
    expect(`${run.stdout}${run.stderr}${run.summary}`).not.toContain(token);
    const allowed = await site.step('save-cache', { key: 'secret', path: '.npmrc', 'allow-secrets': 'true' }, 'secret');
    expect(told(allowed)).toBe('new/');
  });

  test('obeys excludes and globs', async () => {
    site.plant({ 'keep/a.txt': '1', 'keep/b.log': '2', 'drop/c.txt': '3' }, 'globs');
    const path = 'tree/*\n!tree/drop\n!tree/**/*.log';
    expect(told(await site.step('save-cache', { key: 'globs', path }, 'globs'))).toBe('new/');
    rmSync(join(site.workspace('globs'), 'tree'), { recursive: true });
    expect((await site.step('restore-cache', { key: 'globs', path }, 'globs')).outputs['result']).toBe('exact');
    const entries = await treeFingerprint(join(site.workspace('globs'), 'tree'));
    expect(entries.map((entry) => entry.path.toString())).toEqual(['', 'keep', 'keep/a.txt']);
  });
});
