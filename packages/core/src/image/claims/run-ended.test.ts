import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type GitHubSite, OUTSIDER, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { askWhetherEnded } from './run-ended.ts';

const WATCHER = { name: 'watcher', secret: 'ghs_watcherwatcherwatcher', permissions: { actions: 'read' } } as const;

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true, tokens: [WATCHER, WRITER, OUTSIDER] });
  site.fake.contents.plantRun({ id: 5, attempt: 1, status: 'completed' });
  site.fake.contents.plantRun({ id: 5, attempt: 2, status: 'in_progress' });
});
afterEach(() => site.stop());

const holderOf = (runId: string, runAttempt?: string) => {
  const { owner, repo } = site.client(WATCHER);
  const attempt = runAttempt === undefined ? {} : { runAttempt };
  return { nonce: 'a'.repeat(16), repository: `${owner}/${repo}`, runId, ...attempt };
};

test('an attempt has ended when GitHub says so', async () => {
  const ask = askWhetherEnded(site.client(WATCHER));
  expect(await ask(holderOf('5'), {})).toBe(true);
  expect(await ask(holderOf('5', '1'), {})).toBe(true);
  expect(await ask(holderOf('5', '2'), {})).toBe(false);
});

test('what GitHub does not say is not known', async () => {
  const ask = askWhetherEnded(site.client(WATCHER));
  expect(await ask(holderOf('6'), {})).toBeUndefined();
  expect(await askWhetherEnded(site.client(WRITER))(holderOf('5'), {})).toBeUndefined();
  expect(await askWhetherEnded(site.client(OUTSIDER))(holderOf('5'), {})).toBeUndefined();
  const before = site.fake.log.length;
  expect(await ask({ ...holderOf('5'), repository: 'somebody/else' }, {})).toBeUndefined();
  expect(await ask(holderOf('../secrets'), {})).toBeUndefined();
  expect(site.fake.log).toHaveLength(before);
});
