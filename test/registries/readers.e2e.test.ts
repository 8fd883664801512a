import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nameRef } from '@waybill/core/content';
import { createHttp, type Http } from '@waybill/core/http';
import { type Descriptor, digestOf } from '@waybill/core/oci';
import { createRegistry, type OciStore, openOciStore } from '@waybill/core/registry';
import { name, saveFixture } from '@waybill/testing/store-suite';
import { toolPath } from '../../scripts/tools.mjs';
import { requireProgram } from '../tools/require-program.ts';
import { startDockerRegistry } from './docker-registry.ts';
import type { Registry } from './start-server.ts';

const REPOSITORY = 'octo-org/app-waybill';
let http: Http;
let near: Registry;
let far: Registry;
let snapshot: Descriptor;
const tag = nameRef(name('deps'));

beforeAll(async () => {
  http = createHttp();
  [near, far] = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
  ({ manifest: snapshot } = await saveFixture(open(near), 'deps', [Buffer.alloc(300_000, 'a'), Buffer.from('b')]));
});
afterAll(async () => {
  http.close();
  await Promise.all([near.stop(), far.stop()]);
});

function open({ host }: Registry): OciStore {
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  return openOciStore(createRegistry({ host, repository: REPOSITORY, http, access: 'push', clock }));
}

async function crane(...args: string[]): Promise<string> {
  const program = await toolPath('crane');
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function find({ host }: Registry) {
  const { kind, scope, version } = name('');
  return open({ host, stop: async () => undefined }).find({
    kind,
    scopes: [scope],
    version,
    key: 'deps',
    prefixes: [],
  });
}

test('crane finds the snapshot whole, by its digest and by the tag of its name', async () => {
  const at = `${near.host}/${REPOSITORY}`;
  expect(await crane('digest', `${at}@${snapshot.digest}`)).toBe(snapshot.digest);
  expect(await crane('validate', '--remote', `${at}@${snapshot.digest}`)).toContain('PASS');
  expect(await crane('manifest', `${at}:${tag}`)).toContain(snapshot.digest);
});

test('crane copies a name with all that it means to another registry, and it is found there', async () => {
  await crane('copy', `${near.host}/${REPOSITORY}:${tag}`, `${far.host}/${REPOSITORY}:${tag}`);
  const match = await find(far);
  expect(match?.how).toBe('exact');
  expect(match?.record.target).toEqual(snapshot);
  expect(await open(far).exists(snapshot)).toBe(true);
  expect(await crane('validate', '--remote', `${far.host}/${REPOSITORY}@${snapshot.digest}`)).toContain('PASS');
});

test('skopeo copies the snapshot with its digest kept', () => {
  const base = mkdtempSync(join(tmpdir(), 'waybill-skopeo-'));
  try {
    const from = `docker://${near.host}/${REPOSITORY}@${snapshot.digest}`;
    execFileSync(requireProgram('skopeo'), ['copy', '--quiet', '--src-tls-verify=false', from, `dir:${base}`]);
    expect(digestOf(readFileSync(join(base, 'manifest.json')))).toBe(snapshot.digest);
    const blobs = readdirSync(base).filter((file) => /^[0-9a-f]{64}$/.test(file));
    expect(blobs).toHaveLength(3);
    for (const file of blobs) expect(digestOf(readFileSync(join(base, file)))).toBe(`sha256:${file}`);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
