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

/**
 * The token for the GitHub of the environment: of the platform's name, else of the one that `gh` takes for it. `GH_TOKEN` is
 * for github.com and ghe.com alone, and is shown to no GitHub of one's own. Empty is none.
 */
export function gitHubToken(env: Readonly<Record<string, string | undefined>>): string {
  const urls = [env['GITHUB_SERVER_URL'], env['GITHUB_API_URL']].filter((url) => url !== undefined && url !== '');
  const isCloud = urls.every((url) => CLOUD.test(URL.parse(url ?? '')?.hostname ?? ''));
  return env['GITHUB_TOKEN'] || env[isCloud ? 'GH_TOKEN' : 'GH_ENTERPRISE_TOKEN'] || '';
}

const CLOUD = /^(?:github\.com|api\.github\.com|(?:[a-z0-9-]+\.)+ghe\.com)$/;

/**
 * Facts of the machine and of the run. Paths are relative to the working directory, as with any program; off GitHub,
 * variables with the platform's names (a token for `gh`, a leftover) say nothing of a run.
 */
export function readFacts(host: Parameters<typeof readRunContext>[0]): RunContext {
  const context = { ...readRunContext(host), workspace: host.cwd() };
  return isOnGithub(host.env) ? context : { ...context, ...NO_RUN };
}
