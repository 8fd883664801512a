import { mkdir, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import type { ActionRunnerOptions } from './types.ts';

/** Where nobody listens: a test that wants GitHub's API starts a stand-in and names it. */
const NOBODY = 'http://127.0.0.1:9';

/** Variables of the machine without which programs do not start there. */
const INHERITED = ['PATH', 'LANG', 'SystemRoot', 'ComSpec', 'PATHEXT', 'windir', 'NUMBER_OF_PROCESSORS'];

const OS_NAMES: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const ARCH_NAMES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'X64',
  arm64: 'ARM64',
  arm: 'ARM',
  ia32: 'X86',
};

const PUSH_EVENT = {
  ref: 'refs/heads/main',
  head_commit: { message: 'Fix all the bugs' },
  repository: { full_name: 'octo-org/app', default_branch: 'main' },
};

/**
 * The variables that every step of the job sees: a push to `main` of octo-org/app on a self-hosted runner.
 * `inherited` is the machine's environment, of which only what a process needs to start is taken.
 */
export async function runnerEnv(
  options: ActionRunnerOptions,
  folder: string,
  inherited: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const event = join(folder, 'event.json');
  const tools = join(folder, 'tools');
  await mkdir(tools, { recursive: true });
  await writeFile(event, JSON.stringify(PUSH_EVENT));
  const env: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = inherited[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: NOBODY,
    GITHUB_BASE_REF: '',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_GRAPHQL_URL: `${NOBODY}/graphql`,
    GITHUB_HEAD_REF: '',
    GITHUB_JOB: 'build',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'octo-org/app',
    GITHUB_REPOSITORY_ID: '1296269',
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_REPOSITORY_OWNER_ID: '583231',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1658821493',
    GITHUB_RUN_NUMBER: '3',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
    GITHUB_WORKFLOW: 'CI',
    GITHUB_WORKFLOW_REF: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
    GITHUB_WORKFLOW_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
    GITHUB_WORKSPACE: options.workspace,
    HOME: options.home,
    ...(platform() === 'win32' ? { USERPROFILE: options.home } : {}),
    RUNNER_ARCH: ARCH_NAMES[process.arch] ?? arch(),
    RUNNER_ENVIRONMENT: 'self-hosted',
    RUNNER_NAME: 'runner-1',
    RUNNER_OS: OS_NAMES[platform()] ?? platform(),
    RUNNER_TEMP: options.temp,
    RUNNER_TOOL_CACHE: tools,
    RUNNER_WORKSPACE: join(options.workspace, '..'),
    ...options.env,
  };
}
