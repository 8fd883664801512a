import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startDockerEngine } from '../docker/docker-engine.ts';
import type { Daemon } from '../docker/start-daemon.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { makeJobImage } from './job-image.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/container', import.meta.url));

describe('the cache actions in a job with a container, over docker-registry', () => {
  let site: ActSite;
  let engine: Daemon;
  let registry: Registry;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    engine = await startDockerEngine();
    await makeJobImage(engine.address);
    registry = await startDockerRegistry();
    run = await site.run({
      repository: REPOSITORY,
      engine: engine.address,
      env: { REGISTRY: `oci://${registry.host}/octo-org/app-cache` },
    });
  });
  afterAll(async () => {
    await registry?.stop();
    await engine?.stop();
    site?.remove();
  });

  function expectGreen(name: string): void {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  test('a job in a container restores what a job on the machine saved, below another workspace and another home', () => {
    expectGreen('container/machine');
    expect(run.step('container/machine', 'save').outputs).toMatchObject({ result: 'new' });
    expectGreen('container/inside');
    expect(run.step('container/inside', 'cache').outputs).toMatchObject({
      'cache-matched-key': 'of-the-machine',
      result: 'partial',
      reason: 'restore-key',
      'restored-files': '2',
    });
    const [outside, inside] = ['container/machine', 'container/inside'].map((job) => run.step(job, 'where').outputs);
    expect(inside?.['home']).toBe('/root');
    expect(outside?.['home']).not.toBe(inside?.['home']);
    expect(outside?.['workspace']).not.toBe(inside?.['workspace']);
  });

  test('and a job on the machine what its post step saved', () => {
    expect(run.step('container/inside', 'cache', 'Post').summary).toMatch(
      /^\*\*Cache save\*\* `of-the-container`: \*\*delta\*\* \(2 files,/,
    );
    expectGreen('container/back');
    expect(run.step('container/back', 'exact').outputs).toMatchObject({ 'cache-hit': 'true', result: 'exact' });
  });
});
