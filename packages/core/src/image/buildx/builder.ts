import { WaybillError } from '../../errors/index.ts';
import type { ProgramEnd, RunProgramOptions } from '../../proc/index.ts';
import type { BuildOptions, Destination } from './build-options.ts';

/** Runs `docker` with these arguments. */
export type RunDocker = (args: readonly string[], options?: RunProgramOptions) => Promise<ProgramEnd>;

export interface BuilderRequest {
  /** The input `builder`; empty: the one that docker has chosen. */
  readonly named: string;
  readonly options: BuildOptions;
  readonly destination: Destination;
  /** Hosts of registries that are spoken to by plain http, or with any certificate. */
  readonly insecureHosts: readonly string[];
  /** Of a builder that is made here. */
  readonly newName: string;
  /** Writes a file for the builder that is made here; gives its path. */
  readonly writeConfig: (text: string) => Promise<string>;
  readonly log: { info(message: string): void; warning(message: string): void };
  readonly signal?: AbortSignal;
}

export interface Builder {
  /** Undefined: the one that docker has chosen. */
  readonly name: string | undefined;
  /** Tool to version. */
  readonly toolchain: Readonly<Record<string, string>>;
  /** Removes it where it was made here. Never throws. */
  close(): Promise<void>;
}

const START_MS = 10 * 60_000;
const REMOVE_MS = 60_000;

/**
 * A builder that can do what is asked: the one that there is, or a docker-container builder that is made for this build and
 * removed after it.
 * @throws WaybillError `BUILDX_MISSING`, `BUILDER_UNKNOWN`, `BUILDER_NOT_STARTED` (user)
 */
export async function openBuilder(docker: RunDocker, request: BuilderRequest): Promise<Builder> {
  const { named, destination, options, log, signal } = request;
  const io = signal === undefined ? {} : { signal };
  const toolchain = await requireBuildx(docker, io);
  const inspected = await docker(['buildx', 'inspect', ...(named === '' ? [] : ['--', named])], {
    ...io,
    timeoutMs: REMOVE_MS,
  });
  const text = new TextDecoder().decode(inspected.stdout);
  if (inspected.status !== 0) throw builderUnknown(named, inspected.stderr);
  const driver = /^Driver:\s*(\S+)/m.exec(text)?.[1] ?? '';
  const lacking = whatDockerDriverLacks(options, destination);
  if (driver !== 'docker' || lacking === undefined) {
    return { name: named === '' ? undefined : named, toolchain, close: async () => undefined };
  }
  log.info(
    `The builder has the docker driver, which cannot ${lacking}: a docker-container builder is made for this build.`,
  );
  return makeBuilder(docker, request, toolchain);
}

/** What the docker driver without containerd's image store cannot do (docs.docker.com, "Docker driver"). */
function whatDockerDriverLacks(options: BuildOptions, destination: Destination): string | undefined {
  if (destination === 'push') return 'push by digest';
  if (asksForAttestations(options)) return 'attest';
  if (options.platforms.length > 1) return 'build for several platforms';
  if (options.cacheTo.some((cache) => !/(^|,)type=inline(,|$)/.test(cache))) return 'export this cache';
  return undefined;
}

function asksForAttestations({ attests, provenance, sbom }: BuildOptions): boolean {
  return attests.length > 0 || [provenance, sbom].some((value) => value !== '' && value.toLowerCase() !== 'false');
}

async function makeBuilder(
  docker: RunDocker,
  request: BuilderRequest,
  toolchain: Builder['toolchain'],
): Promise<Builder> {
  const { newName, options, insecureHosts, writeConfig, log, signal } = request;
  const config =
    insecureHosts.length === 0 ? [] : ['--buildkitd-config', await writeConfig(buildkitdConfig(insecureHosts))];
  const close = async (): Promise<void> => {
    try {
      const { status, stderr } = await docker(['buildx', 'rm', '--force', newName], { timeoutMs: REMOVE_MS });
      if (status !== 0) log.warning(`The builder ${newName} could not be removed: ${lastLine(stderr)}`);
    } catch (error) {
      log.warning(`The builder ${newName} could not be removed: ${String(error)}`);
    }
  };
  try {
    const { status, stderr } = await docker(
      [
        'buildx',
        'create',
        '--name',
        newName,
        '--driver',
        'docker-container',
        ...options.driverOpts.flatMap((option) => ['--driver-opt', option]),
        ...config,
        '--bootstrap',
      ],
      { timeoutMs: START_MS, ...(signal === undefined ? {} : { signal }) },
    );
    if (status !== 0) throw notStarted(stderr);
  } catch (error) {
    await close();
    throw error;
  }
  return { name: newName, toolchain, close };
}

/** https://github.com/moby/buildkit/blob/master/docs/buildkitd.toml.md: whether http or https is spoken is found out. */
function buildkitdConfig(hosts: readonly string[]): string {
  return hosts.map((host) => `[registry."${host}"]\n  http = true\n  insecure = true\n`).join('');
}

/** `github.com/docker/buildx v0.29.1 <commit>` */
async function requireBuildx(docker: RunDocker, io: RunProgramOptions): Promise<Builder['toolchain']> {
  const { status, stdout, stderr } = await docker(['buildx', 'version'], { ...io, timeoutMs: REMOVE_MS });
  const version = /\sv(\d\S*)/.exec(new TextDecoder().decode(stdout))?.[1];
  if (status === 0) return version === undefined ? {} : { buildx: version };
  throw new WaybillError('BUILDX_MISSING', `docker has no buildx: ${lastLine(stderr)}`, {
    kind: 'user',
    hint: 'Set it up in a step before this one: docker/setup-buildx-action.',
  });
}

function builderUnknown(named: string, stderr: string): WaybillError {
  const what = named === '' ? 'docker has no builder' : `there is no builder ${JSON.stringify(named)}`;
  return new WaybillError('BUILDER_UNKNOWN', `${what}: ${lastLine(stderr)}`, {
    kind: 'user',
    hint: 'Make one in a step before this one (docker/setup-buildx-action), and name it with `builder`.',
  });
}

function notStarted(stderr: string): WaybillError {
  return new WaybillError(
    'BUILDER_NOT_STARTED',
    `a docker-container builder could not be started: ${lastLine(stderr)}`,
    {
      kind: 'user',
      hint: 'Make a builder in a step before this one (docker/setup-buildx-action), or say with `driver-opts` what it needs (image=…, network=host).',
    },
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'it does not say why';
}
