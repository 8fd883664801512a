import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSite, type Site, shown } from '../bundles/site.ts';
import { startGgcrRegistry } from '../registries/ggcr-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { makeBuilderImage } from './builder-image.ts';
import { createDockerClient, type DockerClient } from './docker-client.ts';
import { startDockerEngine } from './docker-engine.ts';
import { plantSources } from './sources.ts';
import type { Daemon } from './start-daemon.ts';

let site: Site;
let engine: Daemon;
let client: DockerClient;
let registry: Registry;
let driverOpts: string;
beforeAll(async () => {
  site = openSite();
  engine = await startDockerEngine();
  registry = await startGgcrRegistry();
  client = await createDockerClient({ engine: engine.address });
  driverOpts = `image=${await makeBuilderImage(client)}\nnetwork=host`;
});
afterAll(async () => {
  client?.remove();
  await registry?.stop();
  await engine?.stop();
  site?.remove();
});

async function build(workspace: string, inputs: Readonly<Record<string, string>>) {
  const job = await site.job({ workspace, env: client.env, token: '' });
  const run = await job.run({
    action: 'build-image-once',
    with: {
      store: `git:${site.base}/ledger.git`,
      'insecure-registries': registry.host,
      'driver-opts': driverOpts,
      ...inputs,
    },
  });
  await job.finish();
  return run;
}

test('the docker driver, which cannot push by digest, gets a builder that is gone afterwards', async () => {
  const folder = site.workspace('pushed');
  plantSources(folder);
  const image = `${registry.host}/octo-org/app`;
  const run = await build('pushed', { image, target: 'app', platforms: 'linux/amd64,linux/arm64' });
  expect(run.outcome === 'success' ? 'success' : shown(run)).toBe('success');
  expect(run.stdout).toContain('a docker-container builder is made for this build');
  expect(run.outputs).toMatchObject({ built: 'true', pushed: 'true' });
  expect(await client.docker('ps', '--all', '--quiet')).toBe('');
  expect(await client.docker('volume', 'ls', '--quiet')).toBe('');
  expect(await client.docker('buildx', 'ls')).not.toContain('waybill-');
});

test('the builder is gone as well where the build fails', async () => {
  const folder = site.workspace('failing');
  plantSources(folder);
  const run = await build('failing', { image: `${registry.host}/octo-org/failing`, target: 'failing' });
  expect(run.annotations[0]).toMatchObject({ title: 'BUILD_FAILED', message: expect.stringContaining('last words') });
  expect(await client.docker('ps', '--all', '--quiet')).toBe('');
});

test('push: false loads one platform into docker', async () => {
  const folder = site.workspace('loaded');
  plantSources(folder);
  const image = `${registry.host}/octo-org/loaded`;
  const run = await build('loaded', {
    image,
    target: 'other',
    push: 'false',
    tags: `${image}:v1`,
    platforms: 'linux/amd64',
  });
  expect(run.outcome === 'success' ? 'success' : shown(run)).toBe('success');
  expect(run.outputs).toMatchObject({ built: 'true', pushed: 'false', digest: '' });
  expect(await client.docker('image', 'inspect', '--format', '{{.Id}}', `${image}:v1`)).toMatch(/^sha256:/);
});
