import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { errorCode, WaybillError } from '../errors/index.ts';
import type { ProgramEnd, RunProgram } from '../proc/index.ts';
import { type Env, gitEnvironment } from './git-environment.ts';
import { gitFailed } from './git-errors.ts';
import type { GitRemote } from './git-remote.ts';

/** How a repository is reached. */
export interface GitAccess {
  readonly remote: GitRemote;
  /** Shown to the host of an https remote alone. Empty is none: then git's own helpers and keys are asked. */
  readonly token?: string | undefined;
  /** Absolute. Private clones are made in it, each in a folder of its own; the caller removes it when it is done. */
  readonly workFolder: string;
  /** The job's environment. */
  readonly env: Env;
  readonly run: RunProgram;
  /** `now` in milliseconds since the epoch: the time of commits. */
  readonly clock: RetryClock;
}

export interface GitCall extends IoOptions {
  readonly input?: Uint8Array;
  readonly env?: Env;
  readonly maxBytes?: number;
  /** Exit codes that are answers. Default: 0. */
  readonly answers?: readonly number[];
}

/** Runs git in one repository folder. */
export interface Git {
  /** @throws WaybillError `GIT_MISSING`, `GIT_TOO_OLD` (user), those of {@link gitFailed}, and of {@link RunProgram} */
  (args: readonly string[], call?: GitCall): Promise<ProgramEnd>;
  readonly remote: GitRemote;
  /** What no message may show. */
  readonly secrets: readonly string[];
}

/** `GIT_CONFIG_COUNT` came with 2.31. */
const OLDEST = [2, 31] as const;
const TIMEOUT_MS = 600_000;
const GRACE_MS = 5000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Git for the repository folder `gitDir`. */
export function createGit({ remote, token, env: job, run }: GitAccess, gitDir: string): Git {
  const { env, secrets } = gitEnvironment(job, remote, token === '' ? undefined : token);
  let version: Promise<void> | undefined;
  const git = async (args: readonly string[], call: GitCall = {}): Promise<ProgramEnd> => {
    version ??= checkVersion(run, env);
    await version;
    const { input, answers = [0], maxBytes = MAX_BYTES, signal } = call;
    const end = await run('git', [`--git-dir=${gitDir}`, ...args], {
      env: { ...env, ...call.env },
      ...(input === undefined ? {} : { input }),
      ...(signal === undefined ? {} : { signal }),
      maxBytes,
      timeoutMs: TIMEOUT_MS,
      graceMs: GRACE_MS,
    });
    if (answers.some((code) => code === end.status)) return end;
    const command = args[0] ?? '';
    throw gitFailed({ command, remote, stderr: end.stderr, status: end.status, secrets });
  };
  return Object.assign(git, { remote, secrets });
}

async function checkVersion(run: RunProgram, env: Env): Promise<void> {
  let text: string;
  try {
    text = new TextDecoder().decode((await run('git', ['version'], { env })).stdout);
  } catch (cause) {
    if (errorCode(cause) !== 'TOOL_MISSING') throw cause;
    throw new WaybillError('GIT_MISSING', 'there is no `git` on PATH', {
      kind: 'user',
      hint: `Install git ${OLDEST.join('.')} or newer in a step before this one.`,
      cause,
    });
  }
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])) return;
  throw new WaybillError(
    'GIT_TOO_OLD',
    `this is ${JSON.stringify(text.trim())}, expected ${OLDEST.join('.')} or newer`,
    {
      kind: 'user',
      hint: 'Install a newer git in a step before this one.',
    },
  );
}
