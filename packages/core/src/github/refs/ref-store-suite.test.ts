import { afterEach } from '@jest/globals';
import { type GitHubSite, startGitHubSite } from '@waybill/testing/github-client';
import { describeRefStore } from '@waybill/testing/ref-store-suite';
import { openGitHubRefStore } from './open-github-ref-store.ts';

// Every exchange is held to GitHub's description: `dispose` rejects where one was not as described.

let site: GitHubSite | undefined;
afterEach(() => {
  site = undefined;
});

const underTest = (quirks: object) => async () => {
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000, quirks });
  const { client, stop } = site;
  const open = () => openGitHubRefStore(client(undefined, { writeGapMs: 0 }));
  return { store: open(), open: async () => open(), dispose: stop };
};

describeRefStore('ref store over the API of GitHub', underTest({}), { races: 5 });

describeRefStore(
  'the same where no refs but branches and tags are taken',
  underTest({ refuseRef: (ref: string) => ref.startsWith('refs/waybill/') }),
  { races: 2 },
);
