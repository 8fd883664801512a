import { homedir } from 'node:os';
import { type EventPayload, readEventPayload } from './event-payload.ts';
import type { Host } from './host.ts';

/** What `ACTIONS_CACHE_MODE` grants; unset and unknown words grant everything, as `@actions/cache` takes them. */
export type CacheMode = 'read' | 'write' | 'write-only' | 'none';

/** Facts about the run that a step is part of, taken from the environment once. Undefined is unknown; nothing is empty. */
export interface RunContext {
  readonly workspace: string;
  readonly home: string;
  readonly temp: string | undefined;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** `OWNER/REPO`. */
  readonly repository: string | undefined;
  /** `refs/…` that the run works on. */
  readonly ref: string | undefined;
  /** `refs/heads/…` that a pull request goes to. */
  readonly baseRef: string | undefined;
  /** `refs/heads/…`. */
  readonly defaultRef: string | undefined;
  /** The branch that people see: of a pull request its head. */
  readonly branch: string | undefined;
  readonly sha: string | undefined;
  /** Of a pull request: the commit that people pushed, where `sha` is its merge with the base. */
  readonly headCommit: string | undefined;
  readonly commitMessage: string | undefined;
  readonly eventName: string | undefined;
  /** Of a `workflow_run`: the repository that the triggering run worked on. */
  readonly triggeringRepository: string | undefined;
  readonly runId: string | undefined;
  readonly runAttempt: string | undefined;
  readonly workflow: string | undefined;
  readonly job: string | undefined;
  readonly actor: string | undefined;
  /** `github-hosted` or `self-hosted`. */
  readonly runnerEnvironment: string | undefined;
  readonly cacheMode: CacheMode;
  /** The job may ask for an OIDC token, that is: act in the repository's name elsewhere. */
  readonly mayRequestIdToken: boolean;
  /** `WAYBILL_STORE`: the store of steps that name none. */
  readonly defaultStore: string | undefined;
  /** `WAYBILL_SAVE_ON_FAILURE`: a step of this job asked for its post step in a red job. */
  readonly saveOnFailure: boolean;
  /** Folder of this user's for what Waybill remembers between jobs of a machine. */
  readonly stateDir: string;
  /** Tokens of the platform that this step was given, by its own names and by those of `gh`. */
  readonly tokens: readonly string[];
}

const CACHE_MODES: readonly CacheMode[] = ['read', 'write', 'write-only', 'none'];
const TOKEN_VARIABLES = [
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'GH_ENTERPRISE_TOKEN',
];

/** Reads the run's facts from the environment and the event's file. */
export function readRunContext(host: Pick<Host, 'env' | 'platform' | 'arch' | 'cwd'>): RunContext {
  const value = (name: string): string | undefined => host.env[name]?.trim() || undefined;
  const event = readEventPayload(value('GITHUB_EVENT_PATH'));
  const home = value(host.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homedir();
  const ref = value('GITHUB_REF');
  const mode = value('ACTIONS_CACHE_MODE')?.toLowerCase();
  return {
    workspace: value('GITHUB_WORKSPACE') ?? host.cwd(),
    home,
    temp: value('RUNNER_TEMP'),
    platform: host.platform,
    arch: host.arch,
    repository: value('GITHUB_REPOSITORY'),
    ref,
    baseRef: branchRef(value('GITHUB_BASE_REF')),
    defaultRef: defaultRef(event, value('GITHUB_EVENT_NAME'), ref),
    branch: value('GITHUB_HEAD_REF') ?? branchOf(ref),
    sha: value('GITHUB_SHA'),
    headCommit: event.pullRequestHead,
    commitMessage: event.headCommitMessage,
    eventName: value('GITHUB_EVENT_NAME'),
    triggeringRepository: event.triggeringRepository,
    runId: value('GITHUB_RUN_ID'),
    runAttempt: value('GITHUB_RUN_ATTEMPT'),
    workflow: value('GITHUB_WORKFLOW'),
    job: value('GITHUB_JOB'),
    actor: value('GITHUB_ACTOR'),
    runnerEnvironment: value('RUNNER_ENVIRONMENT'),
    cacheMode: CACHE_MODES.find((known) => known === mode) ?? 'write',
    mayRequestIdToken: value('ACTIONS_ID_TOKEN_REQUEST_URL') !== undefined,
    defaultStore: value('WAYBILL_STORE'),
    saveOnFailure: value('WAYBILL_SAVE_ON_FAILURE') === 'true',
    stateDir: stateDir(host.platform, home, value),
    tokens: TOKEN_VARIABLES.flatMap((name) => value(name) ?? []),
  };
}

/** A `schedule` payload does not name the default branch, but it always runs on it. */
function defaultRef(event: EventPayload, eventName: string | undefined, ref: string | undefined): string | undefined {
  return branchRef(event.defaultBranch) ?? (eventName === 'schedule' ? ref : undefined);
}

function branchRef(branch: string | undefined): string | undefined {
  return branch === undefined ? undefined : `refs/heads/${branch}`;
}

function branchOf(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** The XDG base directory specification's state folder; on Windows the one for data that does not roam. */
function stateDir(platform: NodeJS.Platform, home: string, value: (name: string) => string | undefined): string {
  const slash = platform === 'win32' ? '\\' : '/';
  const base =
    value('XDG_STATE_HOME') ??
    (platform === 'win32' ? (value('LOCALAPPDATA') ?? `${home}\\AppData\\Local`) : `${home}/.local/state`);
  return `${base}${slash}waybill`;
}
