import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/chain', import.meta.url));

describe('several stores in workflows: a folder before docker-registry, and a registry that is down before it', () => {
  let site: ActSite;
  let registry: Registry;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    registry = await startDockerRegistry();
    run = await site.run({
      repository: REPOSITORY,
      env: {
        REGISTRY: `oci://${registry.host}/octo-org/app-cache`,
        DOWN: `oci://127.0.0.1:${await closedPort()}/octo-org/app-cache`,
        NEAR: join(site.base, 'near'),
        OTHER: join(site.base, 'other'),
        FILE: join(site.base, 'file'),
      },
    });
  });
  afterAll(async () => {
    await registry?.stop();
    site?.remove();
  });

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }
  const warnings = (job: string, step: string) =>
    run
      .step(job, step)
      .annotations.filter(({ level }) => level === 'warning')
      .map(({ message }) => message);

  test('a save goes to both', () => {
    expectGreen('chain/save');
    expect(run.step('chain/save', 'cache', 'Post').summary).toMatch(/^\*\*Cache save\*\* `made-1`: \*\*new\*\*/);
    expect(readdirSync(join(site.base, 'near', 'blobs', 'sha256')).length).toBeGreaterThan(3);
  });

  test('a restore elsewhere fills the folder there, and mends it where it is damaged', () => {
    expectGreen('chain/restore');
    for (const step of ['filled', 'mended']) {
      expect(run.step('chain/restore', step).outputs).toMatchObject({ 'cache-hit': 'true', result: 'exact' });
      expect(warnings('chain/restore', step)).toEqual([]);
    }
  });

  test('where the first registry does not answer the second takes its place', () => {
    expectGreen('chain/failover');
    expect(run.step('chain/failover', 'over').outputs).toMatchObject({ result: 'exact' });
    expect(warnings('chain/failover', 'over')).toEqual([expect.stringContaining('is used in its place')]);
  });

  test('a folder that cannot be written is a warning', () => {
    expectGreen('chain/unwritable');
    expect(run.step('chain/unwritable', 'alone').outputs).toMatchObject({ result: 'exact' });
    expect(warnings('chain/unwritable', 'alone')).toEqual([expect.stringContaining('is left alone')]);
  });
});

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
