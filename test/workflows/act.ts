import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import { type ActRun, describeRun } from './act-run.ts';
import { layRelease, ROOT, SLUG } from './released.ts';
import { commitAll } from './scratch-repository.ts';

const TIME_LIMIT_MS = 300_000;

/** What `runs-on` may name: this machine all of them. */
const RUNNERS: readonly string[] = ['ubuntu-latest', 'ubuntu-24.04', 'ubuntu-24.04-arm', 'self-hosted'];

export interface ActOptions {
  /** Folder whose content becomes the user's repository; its workflows are in `.github/workflows`. */
  readonly repository: string;
  /** Default: `octo-org/app`. */
  readonly slug?: string;
  /** Variables of every job; `STORE` and `WAYBILL_STORE` are the site's store besides. */
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Default: push. */
  readonly event?: string;
  /** The event's payload; `repository.default_branch` is `main` besides. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Actions that cannot be fetched, by `OWNER/REPO@REF`: folders that stand in for them. */
  readonly standIns?: Readonly<Record<string, string>>;
  /** Address of a Docker engine, for jobs with a `container:`; its images are taken as they are there. */
  readonly engine?: string;
  readonly timeLimitMs?: number;
  /** Ends the run as a power cut would; what it leaves is the caller's to look at. */
  readonly signal?: AbortSignal;
  /** Called with what act prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** A machine with act on it, on which `octo-org/waybill@v1` is the release of the files as they stand. */
export interface ActSite {
  readonly base: string;
  /** Folder of the store that `${{ env.STORE }}` names. */
  readonly store: string;
  /** Runs all workflows of a repository that answer to the event. Each run has ports, caches, a home and workspaces of its own. */
  run(options: ActOptions): Promise<ActRun>;
  remove(): void;
}

/** @throws Error where the release cannot be made: nothing was built, or an action lacks a part */
export function openActSite(): ActSite {
  const base = mkdtempSync(join(tmpdir(), 'waybill-act-'));
  const store = join(base, 'store');
  const remove = () => rmSync(base, { recursive: true, force: true });
  let v1: string;
  try {
    v1 = layRelease(base);
  } catch (error) {
    remove();
    throw error;
  }
  let runs = 0;
  return {
    base,
    store,
    run: async (options) => {
      const folder = join(base, `run-${++runs}`);
      const repository = join(folder, 'app');
      cpSync(options.repository, repository, { recursive: true });
      commitAll(repository, options.slug ?? 'octo-org/app');
      mkdirSync(join(folder, 'home'));
      mkdirSync(join(folder, 'tmp'));
      const payload = { repository: { default_branch: 'main' }, ...options.payload };
      writeFileSync(join(folder, 'event.json'), JSON.stringify(payload));
      const env = { STORE: `dir:${store}`, WAYBILL_STORE: `dir:${store}`, ...options.env };
      return runAct(folder, { ...options, env, standIns: { ...options.standIns, [`${SLUG}@v1`]: v1 } });
    },
    remove,
  };
}

async function runAct(folder: string, options: ActOptions): Promise<ActRun> {
  const { event = 'push', timeLimitMs = TIME_LIMIT_MS } = options;
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const args = [
    event,
    '--json',
    // A red job's folders go as well.
    '--rm',
    ...['--directory', join(folder, 'app'), '--eventpath', join(folder, 'event.json'), '--defaultbranch', 'main'],
    ...RUNNERS.flatMap((label) => ['--platform', `${label}=-self-hosted`]),
    '--pull=false',
    ...['--container-daemon-socket', '-', '--action-cache-path', join(folder, 'act')],
    ...['--cache-server-addr', '127.0.0.1', '--cache-server-port', '0', '--cache-server-path', join(folder, 'caches')],
    ...['--artifact-server-addr', '127.0.0.1', '--artifact-server-port', `${await freePort()}`],
    ...['--artifact-server-path', join(folder, 'artifacts')],
    ...pairs('--local-repository', options.standIns),
    ...pairs('--env', options.env),
    ...pairs('--secret', { GITHUB_TOKEN: '', ...options.secrets }),
  ];
  // Nothing of the machine that the tests run on: in CI it is a runner itself, and act hands its environment to the jobs.
  const child = spawn(await toolPath('act'), args, {
    cwd: folder,
    env: {
      PATH: [join(ROOT, 'node_modules', 'node', 'bin'), ...foldersOfPath()].join(delimiter),
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      LANG: 'C.UTF-8',
      ACT_DISABLE_VERSION_CHECK: '1',
      ...(options.engine === undefined ? {} : { DOCKER_HOST: options.engine }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([
      AbortSignal.timeout(timeLimitMs),
      ...(options.signal === undefined ? [] : [options.signal]),
    ]),
    // Its steps are sessions of their own, on terminals that close with act.
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      options.onOutput?.(text);
    });
  }
  const exitCode = await new Promise<number | undefined>((resolve, reject) => {
    child.on('error', (error) => {
      if (error.name !== 'AbortError') reject(error);
    });
    child.on('close', (code) => resolve(code ?? undefined));
  });
  if (exitCode === undefined && options.signal?.aborted !== true) {
    throw new Error(`act did not end within ${timeLimitMs / 1000} s:\n${output}`);
  }
  return describeRun(folder, exitCode, output);
}

/** Without the programs of packages: a job finds our Node, and no `waybill` but the one that an action brings. */
function foldersOfPath(): readonly string[] {
  const own = join('node_modules', '.bin');
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith(own));
}

/** act's artifact server takes no port 0: it hands out the number it was given. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
