import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redact, WaybillError } from '../../errors/index.ts';
import type { RunProgram } from '../../proc/index.ts';
import { openBuilder, type RunDocker } from './builder.ts';
import { type BuildOrder, buildxArguments } from './buildx-arguments.ts';
import { type DockerLogin, loginForBuild } from './docker-login.ts';
import { type BuildMetadata, readMetadata } from './metadata.ts';
import { createProgressTail } from './progress-tail.ts';

/** What came of a build. */
export interface Built {
  readonly metadata: BuildMetadata;
  /** What `--iidfile` says; empty where nothing was pushed or loaded. */
  readonly imageId: string;
  /** Tool to version. */
  readonly toolchain: Readonly<Record<string, string>>;
}

export interface BuildDeps {
  readonly runProgram: RunProgram;
  /** Absolute. */
  readonly workspace: string;
  /** Absolute; what is made in it is removed. */
  readonly tempFolder: string;
  /** The job's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Where docker itself has no login for the registry; undefined: it has one, or there is none. */
  readonly login: DockerLogin | undefined;
  readonly insecureHosts: readonly string[];
  /** A new name, for a builder that is made here. */
  readonly newName: () => string;
  /** Values that no line may show. */
  readonly secrets: readonly string[];
  readonly log: { info(message: string): void; warning(message: string): void };
  readonly signal?: AbortSignal;
}

/** As long as a timer can wait; the job has a limit of its own. */
const NO_LIMIT_MS = 2_000_000_000;
const GRACE_MS = 10_000;
/** What the cache of GitHub's service is reached with, which only a build that uses it sees. */
const CACHE_SERVICE = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL', 'ACTIONS_CACHE_URL', 'ACTIONS_CACHE_SERVICE_V2'];

/**
 * Builds by `docker buildx build`; BuildKit's progress goes to the log, line by line.
 * @throws WaybillError `BUILD_FAILED` (user) with the failing step and its last lines; those of {@link openBuilder};
 *   `TOOL_MISSING`; the signal's reason
 */
export async function runBuild(order: BuildOrder, deps: BuildDeps): Promise<Built> {
  const { runProgram, workspace, tempFolder, login, secrets, log, signal } = deps;
  const folder = await mkdtemp(join(tempFolder, 'waybill-build-'));
  try {
    const env = {
      ...deps.env,
      ...(login === undefined ? {} : await loginForBuild(join(folder, 'docker'), login, deps)),
    };
    const docker: RunDocker = (args, options) => runProgram('docker', args, { cwd: workspace, env, ...options });
    const builder = await openBuilder(docker, {
      named: order.options.builder,
      options: order.options,
      destination: order.destination,
      insecureHosts: deps.insecureHosts,
      newName: deps.newName(),
      writeConfig: async (text) => {
        const path = join(folder, 'buildkitd.toml');
        await writeFile(path, text);
        return path;
      },
      log,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      const files = { metadata: join(folder, 'metadata.json'), imageId: join(folder, 'iid') };
      const { args, env: secretEnv } = buildxArguments(order, builder.name, files);
      const tail = createProgressTail((line) => log.info(redact(line, secrets)));
      const end = await docker(args, {
        env: { ...env, BUILDX_METADATA_WARNINGS: 'true', ...secretEnv },
        keep: usesCacheService(order) ? CACHE_SERVICE : [],
        timeoutMs: NO_LIMIT_MS,
        graceMs: GRACE_MS,
        onStderr: (piece) => tail.take(piece),
        ...(signal === undefined ? {} : { signal }),
      });
      tail.end();
      if (end.status !== 0) throw buildFailed(redact(tail.failure(), secrets), end.status);
      return {
        metadata: readMetadata(await readOr(files.metadata)),
        imageId: (await readOr(files.imageId)).trim(),
        toolchain: builder.toolchain,
      };
    } finally {
      await builder.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function usesCacheService({ options: { cacheFrom, cacheTo } }: BuildOrder): boolean {
  return [...cacheFrom, ...cacheTo].some((cache) => /(^|,)type=gha(,|$)/.test(cache));
}

async function readOr(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function buildFailed(why: string, status: number | string): WaybillError {
  return new WaybillError('BUILD_FAILED', `docker buildx ended with ${status}: ${why}`, {
    kind: 'user',
    hint: 'The whole output stands above.',
  });
}
