import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startBuildKit } from '../docker/buildkit.ts';
import { createDockerClient } from '../docker/docker-client.ts';
import { ROOT } from '../workflows/released.ts';
import { buildOnce } from './acts/build-once.ts';
import type { Printer } from './print.ts';
import { openStage } from './stage.ts';

describe('the act of the demo in which two runs want one image', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'waybill-demo-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  /** What it prints; an act that finds something wrong throws. */
  async function play(env: Readonly<Record<string, string | undefined>>): Promise<string> {
    const lines: string[] = [];
    const add = (text: string) => void lines.push(text);
    const print: Printer = {
      act: () => undefined,
      step: add,
      good: add,
      plain: add,
      fail: add,
      table: () => undefined,
    };
    const stage = await openStage(ROOT, base, print);
    await buildOnce(env).play(stage);
    return lines.join('\n');
  }

  /** One built, one took it, and the record is whole. */
  function expectOneBuild(told: string): void {
    const [, digest] = /run 10[12] claimed, built, pushed and recorded ([0-9a-f]{12})…/.exec(told) ?? [];
    expect(told).toMatch(new RegExp(`run 10[12] took ${digest}…`));
    expect(told).toContain(`"digest": "sha256:${digest}`);
  }

  test('builds by docker, where that has a builder that can push to the registry', async () => {
    const buildkit = await startBuildKit([]);
    const client = await createDockerClient();
    try {
      await client.useBuildKit(buildkit.address);
      const told = await play({ PATH: process.env['PATH'], ...client.env });
      expect(told).toContain('docker buildx builds, with the remote driver');
      // What BuildKit alone tells.
      expect(told).toContain('"toolchain"');
      expectOneBuild(told);
    } finally {
      client.remove();
      await buildkit.stop();
    }
  });

  test('records an image that was made in process where there is no docker, and says so', async () => {
    expectInProcess(await play({}));
  });

  test('does so where docker has a builder that is not there', async () => {
    const client = await createDockerClient();
    try {
      await client.useBuildKit(`unix://${base}/nobody`);
      expectInProcess(await play({ PATH: process.env['PATH'], ...client.env }));
    } finally {
      client.remove();
    }
  });

  function expectInProcess(told: string): void {
    expect(told).toContain('docker buildx has no builder here');
    expect(told).not.toContain('"toolchain"');
    expectOneBuild(told);
  }
});
