import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSite, type Site, shown, told } from './site.ts';

describe('the post step of cache', () => {
  let site: Site;
  beforeEach(() => {
    site = openSite();
  });
  afterEach(() => site.remove());

  test('saves under the key that main saw, although its inputs are empty by then', async () => {
    const job = await site.job();
    await job.run({
      action: 'cache',
      with: { store: `dir:${site.store}`, path: '${{ env.WHERE }}', key: '${{ env.WHICH }}' },
      env: { WHERE: 'tree', WHICH: 'k-1' },
    });
    site.plant({ 'a.txt': 'one' });
    const [post] = await job.finish();
    expect(post?.outcome).toBe('success');
    expect((await site.step('restore-cache', { key: 'k-1' }, 'other')).outputs['result']).toBe('exact');
  });

  test('does not save after an exact hit', async () => {
    site.plant({ 'a.txt': 'one' });
    await site.step('save-cache', { key: 'k-1' });
    const job = await site.job({ workspace: 'other' });
    await job.run(site.request('cache', { key: 'k-1' }));
    const [post] = await job.finish();
    expect(post?.stdout).toContain('Cache hit occurred on the primary key k-1, not saving cache.');
  });

  test.each(['never', 'default-branch'])('does not save on a topic branch with save: %s', async (save) => {
    const job = await site.job({ env: { GITHUB_REF: 'refs/heads/topic' } });
    await job.run(site.request('cache', { key: 'k-1', save }));
    site.plant({ 'a.txt': 'one' });
    await job.finish();
    const look = await site.job({ workspace: 'other', env: { GITHUB_REF: 'refs/heads/topic' } });
    expect((await look.run(site.request('restore-cache', { key: 'k-1' }))).outputs['result']).toBe('miss');
  });

  test('does not run in a red job', async () => {
    const job = await site.job();
    await job.run(site.request('cache', { key: 'k-1' }));
    site.plant({ 'a.txt': 'one' });
    job.fail();
    expect(await job.finish()).toEqual([]);
    expect(told(await site.step('restore-cache', { key: 'k-1' }, 'other'))).toBe('miss/no-entry');
  });

  test('saves in a red job with save: always, and other cache steps of that job do not', async () => {
    const job = await site.job();
    await job.run(site.request('cache', { key: 'plain-1', path: 'tree' }));
    const always = await job.run(site.request('cache', { key: 'always-1', path: 'tree', save: 'always' }));
    expect(always.env).toEqual({ WAYBILL_SAVE_ON_FAILURE: 'true' });
    site.plant({ 'a.txt': 'one' });
    job.fail();
    const posts = await job.finish();
    expect(posts.map(({ outcome }) => outcome)).toEqual(['success', 'success']);
    expect((await site.step('restore-cache', { key: 'always-1' }, 'one')).outputs['result']).toBe('exact');
    expect((await site.step('restore-cache', { key: 'plain-1' }, 'two')).outputs['result']).toBe('miss');
  });

  test('runs the same at the root of the repository', async () => {
    const job = await site.job();
    const miss = await job.run(site.request('.', { key: 'root-1' }));
    expect(shown(miss)).toContain('success');
    site.plant({ 'a.txt': 'one' });
    await job.finish();
    expect((await site.step('.', { key: 'root-1' }, 'other')).outputs['cache-hit']).toBe('true');
  });

  test('reports and stays green where its store is gone for good', async () => {
    const job = await site.job();
    writeFileSync(join(site.base, 'file'), 'no folder');
    await job.run(site.request('cache', { key: 'k-1', store: `dir:${site.base}/file/store` }));
    site.plant({ 'a.txt': 'one' });
    const [post] = await job.finish();
    expect(post?.outcome).toBe('success');
    expect(post?.annotations.some(({ level }) => level === 'warning')).toBe(true);
    expect(job.status).toBe('success');
  });
});
