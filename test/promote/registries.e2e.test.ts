import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import type { Digest } from '@waybill/core/oci';
import { attach, type Registry as Repository } from '@waybill/core/registry';
import { buildKitIndex, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { startGgcrRegistry } from '../registries/ggcr-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { imageOf, openYard, type Yard } from './yard.ts';

const SBOM = 'application/vnd.cyclonedx+json';
const STATEMENT = 'application/vnd.waybill.promotion.v1+json';
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
};
const clock = { now: Date.now, sleep, random: Math.random };
const execute = promisify(execFile);

let yard: Yard;
let docker: Registry;
let tokens: TokenServer;
let guarded: Registry;
let ggcr: Registry;
let repositories = 0;
beforeAll(async () => {
  yard = openYard();
  tokens = await startTokenServer(USERS);
  docker = await startDockerRegistry();
  guarded = await startDockerRegistry({ token: tokens.token });
  ggcr = await startGgcrRegistry();
});
afterAll(async () => {
  for (const each of [docker, guarded, ggcr, tokens]) await each?.stop();
  yard?.remove();
});

/** Where an image is, as whom one writes there, and how others read it. */
function place(registry: Registry): { readonly repository: Repository; readonly logins: Record<string, string> } {
  const name = `octo-org/app-${(repositories += 1)}`;
  if (registry !== guarded) return { repository: yard.open(registry.host, name), logins: {} };
  const login = async () => ({ kind: 'basic', username: 'writer', password: USERS.writer.password }) as const;
  return {
    repository: yard.open(registry.host, name, login),
    logins: { [registry.host]: `writer:${USERS.writer.password}` },
  };
}

/** An image of several platforms with an SBOM. */
async function prepare(from: Repository, commit: string): Promise<{ readonly digest: Digest; readonly sbom: Digest }> {
  const note = `${from.repository} ${commit}`;
  // What the image says of itself counts; that a caller names the same commit proves nothing.
  const annotations = { 'org.opencontainers.image.revision': commit };
  const made = buildKitIndex({ note, platforms: PLATFORMS, layers: 3, layerBytes: 100_000, annotations });
  await pushImage(from, made);
  const layers = [{ mediaType: SBOM, bytes: Buffer.from(note) }];
  const sbom = await attach({ registry: from, subject: made.root.descriptor, artifactType: SBOM, layers, clock });
  return { digest: made.root.descriptor.digest, sbom: sbom.digest };
}

async function run(
  tool: 'crane' | 'regctl',
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const program = await toolPath(tool);
  // Not in this thread: the token server answers in it.
  const { stdout } = await execute(program, args, { timeout: 60_000, env: { PATH: process.env['PATH'], ...env } });
  return stdout.trim();
}

const ROUTES: readonly (readonly [string, () => readonly [Registry, Registry]])[] = [
  ['within docker-registry', () => [docker, docker]],
  ['from docker-registry to one that wants tokens', () => [docker, guarded]],
  ['within one that wants tokens', () => [guarded, guarded]],
  ["from one that wants tokens to go-containerregistry's", () => [guarded, ggcr]],
  ["from go-containerregistry's to docker-registry", () => [ggcr, docker]],
];

describe.each(ROUTES)('%s', (_, places) => {
  test('the same digest arrives with all that is attached, and others find it', async () => {
    const [near, far] = places();
    const from = place(near);
    const to = place(far);
    const logins = { ...from.logins, ...to.logins };
    const site = () => yard.site({ logins });
    const commit = yard.commit('a change');
    const { digest, sbom } = await prepare(from.repository, commit);
    yard.write(
      '.github/waybill.yml',
      `version: 1
images:
  ${imageOf(from.repository)}:
    channels:
      dev: { from: [] }
      production: { from: [dev], image: ${imageOf(to.repository)}, tag: stable, evidence: [${SBOM}] }
`,
    );
    const changes = { source: { kind: 'digest', place: from.repository, digest, commit } } as const;
    expect(await yard.promote(from.repository, digest, 'dev', changes, site())).toMatchObject({ result: 'promoted' });
    const outcome = await yard.promote(from.repository, digest, 'production', changes, site());
    expect(outcome).toMatchObject({ result: 'promoted', entry: { record: { commit, tag: 'stable' } } });
    // Nothing of a layer goes over the wire within a registry that mounts.
    if (near === far) expect(outcome.moved).toMatchObject({ copiedBlobs: 0, copiedBytes: 0 });

    const config = `${yard.base}/reader-${repositories}`;
    const auths = Object.fromEntries(
      Object.entries(logins).map(([host, pair]) => [host, { auth: Buffer.from(pair).toString('base64') }]),
    );
    mkdirSync(config);
    writeFileSync(`${config}/config.json`, JSON.stringify({ auths }));
    const env = { HOME: config, DOCKER_CONFIG: config };
    const stable = `${imageOf(to.repository)}:stable`;
    const host = ['--host', `reg=${far.host},tls=disabled`];
    expect(await run('regctl', [...host, 'image', 'digest', stable], env)).toBe(digest);
    // crane takes no tokens from a server on loopback.
    if (far !== guarded) expect(await run('crane', ['digest', stable], env)).toBe(digest);
    const tree = await run('regctl', [...host, 'artifact', 'tree', stable], env);
    expect(tree).toContain(sbom);
    const statements = (await to.repository.referrers(digest)).filter(({ artifactType }) => artifactType === STATEMENT);
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) expect(tree).toContain(statement.digest);

    // Done again: nothing.
    expect(await yard.promote(from.repository, digest, 'production', changes, site())).toMatchObject({
      result: 'unchanged',
      repaired: [],
    });
  });
});

test('a plain tag moves from tag to tag, and to another registry', async () => {
  const from = place(docker);
  const { digest } = await prepare(from.repository, yard.commit('tagged'));
  for (const to of [`${imageOf(from.repository)}:v1`, `${ggcr.host}/octo-org/mirror:v1`]) {
    expect(await yard.promote(from.repository, digest, to)).toMatchObject({ result: 'promoted', entry: undefined });
    expect(await run('crane', ['digest', to], { HOME: yard.base })).toBe(digest);
  }
});

test('a login that may only read is denied before the ledger says anything', async () => {
  const writer = place(guarded);
  const { digest } = await prepare(writer.repository, yard.commit('read only'));
  yard.write('.github/waybill.yml', 'version: 1\n');
  const site = yard.site({ logins: { [guarded.host]: `reader:${USERS.reader.password}` } });
  await expect(yard.promote(writer.repository, digest, 'dev', {}, site)).rejects.toMatchObject({
    code: 'STORE_DENIED',
  });
  const { ledger } = await yard.ledger();
  expect(await ledger.channels.tip(imageOf(writer.repository), 'dev')).toBeUndefined();
});
