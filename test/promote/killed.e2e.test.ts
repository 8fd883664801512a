import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Digest } from '@waybill/core/oci';
import type { Registry as Repository } from '@waybill/core/registry';
import { type Meter, startMeter } from '@waybill/testing/fault-proxy';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { ROOT } from '../workflows/released.ts';
import { imageOf, openYard, type Yard } from './yard.ts';

/** The program as it is built. */
const PROGRAM = join(ROOT, 'dist', 'cli.js');

let registry: Registry;
beforeAll(async () => {
  registry = await startDockerRegistry();
});
afterAll(() => registry?.stop());

let yard: Yard;
let meter: Meter;
let onRequest: (request: { readonly method: string; readonly path: string }) => void;
let runs = 0;
beforeEach(async () => {
  yard = openYard();
  onRequest = () => undefined;
  meter = await startMeter({ target: registry.host, onRequest: (request) => onRequest(request) });
  runs += 1;
});
afterEach(async () => {
  await meter?.stop();
  yard?.remove();
});

/** Runs `waybill image promote`, killed right before this request; its exit code, null where it was killed. */
async function promote(digest: Digest, killAt?: RegExp): Promise<number | null> {
  const image = `${meter.host}/octo-org/app-${runs}@${digest}`;
  const child = spawn(process.execPath, [PROGRAM, 'image', 'promote', image, 'dev', '--store', `git:${yard.sources}`], {
    cwd: yard.base,
    // What a killed process leaves goes with the yard.
    env: { PATH: process.env['PATH'], HOME: yard.base, TMPDIR: yard.base },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.resume();
  onRequest = ({ method, path }) => {
    if (killAt?.test(`${method} ${path}`) === true) child.kill('SIGKILL');
  };
  await once(child, 'close');
  return child.exitCode;
}

async function tagOf(repository: Repository): Promise<Digest | undefined> {
  return (await repository.manifests.get({ tag: 'dev' }))?.descriptor.digest;
}

describe('a promotion that is killed', () => {
  test.each([
    ['before it has written anything', /^POST .*\/blobs\/uploads/, undefined],
    ['after the record, before the statement', /^PUT .*\/manifests\/sha256-[0-9a-f]+\.wb-/, 2],
    ['after the statement, before its own tag', /^PUT .*\/manifests\/waybill\.dev\./, 2],
    ['after the statement, before the tag', /^PUT .*\/manifests\/dev$/, 2],
    ['after the tag, before it was read back', /^GET .*\/manifests\/dev$/, 2],
  ] as const)('%s, is finished by the next', async (_, killAt, recorded) => {
    const repository = yard.open(meter.host, `octo-org/app-${runs}`);
    const first = await yard.push(repository, 'first', yard.commit('first'));
    const second = await yard.push(repository, 'second', yard.commit('second'));
    const [before, after] = [first.root.descriptor.digest, second.root.descriptor.digest];
    expect(await promote(before)).toBe(0);
    expect(await promote(after, killAt)).toBeNull();

    const { ledger } = await yard.ledger();
    const tip = await ledger.channels.tip(imageOf(repository), 'dev');
    expect(tip?.record.sequence).toBe(recorded ?? 1);
    // The tag is where the ledger is or was, never anywhere else.
    expect([before, after].slice(0, tip?.record.sequence)).toContain(await tagOf(repository));

    expect(await promote(after)).toBe(0);
    expect(await tagOf(repository)).toBe(after);
    const { ledger: now } = await yard.ledger();
    expect((await now.channels.tip(imageOf(repository), 'dev'))?.record).toMatchObject({ sequence: 2, digest: after });
    expect(await now.channels.check(imageOf(repository), 'dev')).toEqual([]);
    const attached = await repository.referrers(after);
    expect(attached.map(({ artifactType }) => artifactType)).toEqual(['application/vnd.waybill.promotion.v1+json']);
  });
});
