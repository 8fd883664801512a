import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { type Descriptor, parseIndex } from '@waybill/core/oci';
import { attach, createRegistry, referrersTag } from '@waybill/core/registry';
import { image, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from './docker-registry.ts';
import { startGgcrRegistry } from './ggcr-registry.ts';
import type { Registry } from './start-server.ts';

const REPOSITORY = 'octo-org/app';
const TYPE = 'application/vnd.cyclonedx+json';
const AT_ONCE = 8;
const ROUNDS = 20;
const clock = { now: Date.now, sleep, random: Math.random };

let docker: Registry;
let ggcr: Registry;
const https: Http[] = [];

beforeAll(async () => {
  [docker, ggcr] = await Promise.all([startDockerRegistry(), startGgcrRegistry()]);
});
afterAll(async () => {
  for (const http of https) http.close();
  await Promise.all([docker?.stop(), ggcr?.stop()]);
});

/** With connections of its own, as another process has. */
function open({ host }: Registry) {
  const http = createHttp();
  https.push(http);
  return createRegistry({ host, repository: REPOSITORY, http, access: 'push', clock });
}

function attachNote(to: Registry, subject: Descriptor, note: string) {
  const layers = [{ mediaType: TYPE, bytes: Buffer.from(JSON.stringify({ note })) }];
  return attach({ registry: open(to), subject, artifactType: TYPE, layers, annotations: { note }, clock });
}

async function regctl({ host }: Registry, ...args: string[]): Promise<string> {
  const program = await toolPath('regctl');
  return execFileSync(program, ['--host', `reg=${host},tls=disabled`, ...args], { encoding: 'utf8' });
}

test(`${AT_ONCE} at once on a registry without a referrers API are all listed, ${ROUNDS} times`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const of = image({ note: `round ${round}` });
    await pushImage(open(docker), of);
    const { descriptor: subject } = of.root;
    const notes = Array.from({ length: AT_ONCE }, (_, i) => `note ${i}`);
    const attached = await Promise.all(notes.map((note) => attachNote(docker, subject, note)));
    const digests = attached.map(({ digest }) => digest).sort();
    const index = await open(docker).manifests.get({ tag: referrersTag(subject.digest) });
    const listed = parseIndex(index?.raw ?? new Uint8Array()).value.manifests;
    expect(listed.map(({ digest }) => digest).sort()).toEqual(digests);
    expect(new Set(listed.map(({ artifactType, annotations }) => `${artifactType} ${annotations?.['note']}`))).toEqual(
      new Set(notes.map((note) => `${TYPE} ${note}`)),
    );
    const tree = await regctl(docker, 'artifact', 'tree', `${docker.host}/${REPOSITORY}@${subject.digest}`);
    for (const digest of digests) expect(tree).toContain(digest);
    for (const http of https.splice(0)) http.close();
  }
});

test('one on a registry with a referrers API is found by others there, and no index is written', async () => {
  const of = image({ note: 'api' });
  await pushImage(open(ggcr), of);
  const { descriptor: subject } = of.root;
  const { digest } = await attachNote(ggcr, subject, 'one');
  expect(await open(ggcr).manifests.head({ tag: referrersTag(subject.digest) })).toBeUndefined();
  expect(await regctl(ggcr, 'artifact', 'tree', `${ggcr.host}/${REPOSITORY}@${subject.digest}`)).toContain(digest);
});
