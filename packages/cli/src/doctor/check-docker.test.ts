import { expect, test } from '@jest/globals';
import { WaybillError } from '@waybill/core/errors';
import type { RunTool } from '@waybill/core/proc';
import { checkDocker } from './check-docker.ts';

const VERSION = 'github.com/docker/buildx v0.30.1 9e66234\n';
const INSPECTED =
  'Name:          default\nDriver:        docker-container\n\nNodes:\nPlatforms: linux/amd64*, linux/arm64\n';

/** A docker that answers so; what it does not know fails. */
const docker =
  (answers: Readonly<Record<string, string>>, code = 'TOOL_FAILED'): RunTool =>
  async (command, args) => {
    const line = [command, ...args].join(' ');
    const stdout = answers[line];
    if (stdout === undefined) throw new WaybillError(code, `\`${line}\` ended with 1`, { kind: 'user' });
    return { stdout, stderr: '' };
  };

test('S1-26: buildx is told with its version, its driver and what it builds for', async () => {
  const runTool = docker({ 'docker buildx version': VERSION, 'docker buildx inspect': INSPECTED });
  expect(await checkDocker(runTool, { needed: false })).toEqual({
    name: 'buildx',
    status: 'ok',
    text: 'buildx 0.30.1, driver docker-container, for linux/amd64, linux/arm64',
  });
});

test.each([
  ['there is no docker', docker({}, 'TOOL_MISSING'), ['ok', 'problem'], 'docker is not here'],
  ['docker has no buildx', docker({}), ['ok', 'problem'], 'docker has no buildx'],
  [
    'no daemon answers',
    docker({ 'docker buildx version': VERSION }),
    ['warning', 'problem'],
    'no builder that answers',
  ],
] as const)('where %s, that is a problem if images shall be built', async (_, runTool, statuses, text) => {
  const checks = await Promise.all([false, true].map((needed) => checkDocker(runTool, { needed })));
  expect(checks.map(({ status }) => status)).toEqual(statuses);
  for (const check of checks) expect(check.text).toContain(text);
});
