import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FakeToken } from '@waybill/testing/github';
import { type GitHubSite, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { digestOf } from '../oci/index.ts';
import { openDeploymentRecords } from './open-deployment-records.ts';

const DEPLOYER: FakeToken = {
  name: 'deployer',
  secret: 'ghs_deployerdeployerdeployer',
  permissions: { contents: 'write', 'artifact-metadata': 'write' },
};
const FACTS = {
  name: 'ghcr.io/octo-org/app',
  digest: digestOf(Buffer.from('one')),
  environment: 'production',
  commit: 'c'.repeat(40),
};

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true, tokens: [WRITER, DEPLOYER] });
});
afterEach(() => site.stop());

test('an environment has one record of an image, of the digest that it took last', async () => {
  const records = openDeploymentRecords(site.client(DEPLOYER));
  await records.record(FACTS);
  const digest = digestOf(Buffer.from('two'));
  await records.record({ ...FACTS, digest, commit: undefined });
  await records.record({ ...FACTS, environment: 'staging' });
  expect(site.fake.contents.deployments()).toEqual([
    {
      name: 'ghcr.io/octo-org/app',
      digest,
      status: 'deployed',
      environment: 'production',
      deployment: 'ghcr.io/octo-org/app',
      version: undefined,
      repository: 'app',
    },
    expect.objectContaining({ environment: 'staging', digest: FACTS.digest, version: 'c'.repeat(40) }),
  ]);
  expect(site.fake.log).toHaveLength(3);
});

test('an answer that was lost is asked for again', async () => {
  site.fake.fail({ kind: 'lost' });
  await openDeploymentRecords(site.client(DEPLOYER)).record(FACTS);
  expect(site.fake.contents.deployments()).toHaveLength(1);
});

test.each(['told', 'hidden'] as const)('a permission that is missing (%s) is named', async (missingPermission) => {
  site.fake.setQuirks({ missingPermission });
  await expect(openDeploymentRecords(site.client()).record(FACTS)).rejects.toMatchObject({
    code: 'DEPLOYMENT_NOT_RECORDED',
    kind: 'user',
    hint: expect.stringMatching(
      /for organizations, which octo-org may not be\. .*`permissions: artifact-metadata: write`/,
    ),
  });
});

test('GitHub that fails is another matter', async () => {
  site.fake.fail({ kind: 'bad-gateway', times: 100 });
  await expect(openDeploymentRecords(site.client(DEPLOYER)).record(FACTS)).rejects.toMatchObject({
    code: 'GITHUB_SERVER_ERROR',
  });
});
