import type { RunContext } from '@waybill/core/runner';

/** The facts of a push to the default branch, with these changed. Its folders exist nowhere. */
export function fakeRunContext(changes: Partial<RunContext> = {}): RunContext {
  return {
    workspace: '/nowhere/work/app/app',
    home: '/nowhere/home',
    temp: '/nowhere/work/_temp',
    platform: 'linux',
    arch: 'x64',
    repository: 'octo-org/app',
    ref: 'refs/heads/main',
    baseRef: undefined,
    defaultRef: 'refs/heads/main',
    branch: 'main',
    sha: 'c'.repeat(40),
    headCommit: undefined,
    commitMessage: 'a change',
    eventName: 'push',
    triggeringRepository: undefined,
    runId: '42',
    runAttempt: '1',
    workflow: 'ci',
    job: 'test',
    actor: 'octocat',
    runnerEnvironment: 'self-hosted',
    cacheMode: 'write',
    mayRequestIdToken: false,
    defaultStore: undefined,
    saveOnFailure: false,
    stateDir: '/nowhere/state',
    tokens: [],
    ...changes,
  };
}
