import { errorCode, errorMessage } from '@waybill/core/errors';
import type { RunTool } from '@waybill/core/proc';
import { type Check, ok, problem, warning } from './check.ts';

/** A docker whose daemon does not answer takes its time to say so. */
const PATIENCE_MS = 20_000;

/**
 * Whether images can be built here: docker, buildx, and the builder that would do it.
 * @param needed whether somebody asked for it: else a machine without docker is in order
 */
export async function checkDocker(
  runTool: RunTool,
  { needed, signal }: { readonly needed: boolean; readonly signal?: AbortSignal },
): Promise<Check> {
  const io = { timeoutMs: PATIENCE_MS, ...(signal === undefined ? {} : { signal }) };
  let version: string;
  try {
    const { stdout } = await runTool('docker', ['buildx', 'version'], io);
    version = /\bv?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? 'of an unknown version';
  } catch (error) {
    signal?.throwIfAborted();
    const text =
      errorCode(error) === 'TOOL_MISSING'
        ? 'docker is not here: no image can be built'
        : `docker has no buildx: ${errorMessage(error)}`;
    const hint = 'Install docker with its plugin buildx; in a job, docker/setup-buildx-action brings it.';
    return needed ? problem('buildx', text, hint) : ok('buildx', `${text}; nothing else needs it`);
  }
  try {
    const { stdout } = await runTool('docker', ['buildx', 'inspect'], io);
    const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(stdout)?.[1]?.trim();
    const facts = [`driver ${field('Driver') ?? 'unknown'}`, field('Platforms')?.replaceAll('*', '')];
    return ok('buildx', `buildx ${version}, ${facts.filter((each) => each !== undefined).join(', for ')}`);
  } catch (error) {
    signal?.throwIfAborted();
    const text = `buildx ${version} has no builder that answers: ${errorMessage(error)}`;
    const hint = 'Look whether the docker daemon runs and this user may speak to it (`docker info`).';
    return needed ? problem('buildx', text, hint) : warning('buildx', text, hint);
  }
}
