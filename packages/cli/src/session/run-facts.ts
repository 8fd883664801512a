import { type RunContext, readRunContext } from '@waybill/core/runner';

/** What is known without a run of a workflow. */
const NO_RUN = {
  repository: undefined,
  ref: undefined,
  baseRef: undefined,
  defaultRef: undefined,
  branch: undefined,
  sha: undefined,
  headCommit: undefined,
  commitMessage: undefined,
  eventName: undefined,
  triggeringRepository: undefined,
  runId: undefined,
  runAttempt: undefined,
  workflow: undefined,
  job: undefined,
  actor: undefined,
  runnerEnvironment: undefined,
  cacheMode: 'write',
  mayRequestIdToken: false,
} as const satisfies Partial<RunContext>;

/** Whether this process is a step of a workflow, as the platform says it. */
export function isOnGithub(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/** The token for GitHub: of the platform's name, else of the one that `gh` takes. Empty is none. */
export function gitHubToken(env: Readonly<Record<string, string | undefined>>): string {
  return env['GITHUB_TOKEN'] || env['GH_TOKEN'] || '';
}

/**
 * Facts of the machine and of the run. Paths are relative to the working directory, as with any program; off GitHub,
 * variables with the platform's names (a token for `gh`, a leftover) say nothing of a run.
 */
export function readFacts(host: Parameters<typeof readRunContext>[0]): RunContext {
  const context = { ...readRunContext(host), workspace: host.cwd() };
  return isOnGithub(host.env) ? context : { ...context, ...NO_RUN };
}
