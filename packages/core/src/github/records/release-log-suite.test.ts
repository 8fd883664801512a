import { startGitHubSite } from '@waybill/testing/github-client';
import { describeStatementLog } from '@waybill/testing/statement-log-suite';
import { openReleaseLog } from './open-release-log.ts';

// Every exchange is held to GitHub's description: `dispose` rejects where one was not as described.

const underTest = (quirks: object) => async () => {
  const { client, fake, stop } = await startGitHubSite({ validate: true, primaryLimit: 100_000, quirks });
  // A version of the project: where it is sealed, records know that theirs will be.
  fake.contents.plantRelease('v1.0.0');
  const open = () => openReleaseLog(client(undefined, { writeGapMs: 0 }), { partSize: 4 });
  return {
    log: open(),
    open: async () => open(),
    spoil: ({ place: { id } }: { place: { id: number } }, bytes: Uint8Array) => fake.contents.spoilAsset(id, bytes),
    dispose: stop,
  };
};

describeStatementLog('statements as assets of releases', underTest({}));
describeStatementLog(
  'the same where the bytes come from the API itself',
  underTest({ downloads: 'served', assetDigests: false }),
);
describeStatementLog('the same where releases are sealed', underTest({ immutableReleases: true }));
