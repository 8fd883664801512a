import { posix, win32 } from 'node:path';
import { WaybillError } from '@waybill/core/errors';
import type { RunTool } from '@waybill/core/proc';
import type { RunContext, Runner } from '@waybill/core/runner';
import type { Inputs } from './inputs.ts';
import { type Launched, writeLaunchers } from './launchers.ts';

export interface SetupDeps {
  readonly runner: Runner;
  readonly context: Pick<RunContext, 'temp' | 'platform'>;
  readonly launched: Launched;
  readonly runTool: RunTool;
  readonly signal: AbortSignal;
}

export interface Outputs {
  readonly version: string;
  readonly path: string;
}

/**
 * Puts `waybill` on PATH: a launcher in the runner's temp folder, which lasts as long as the job. The program is asked for its
 * version first, so that one that does not start fails here and not in a later step.
 * @throws WaybillError `RUNNER_TEMP_MISSING`, `TOOL_…`; the system's error where the folder cannot be written
 */
export async function run({ store }: Inputs, deps: SetupDeps): Promise<Outputs> {
  const { runner, context, launched, runTool, signal } = deps;
  const { temp, platform } = context;
  if (temp === undefined) {
    throw new WaybillError(
      'RUNNER_TEMP_MISSING',
      'RUNNER_TEMP is not set, so there is no place that ends with the job',
      {
        kind: 'remote',
        hint: 'Runners set it for every step; report it to whoever runs this one.',
      },
    );
  }
  const { stdout } = await runTool(launched.node, [launched.program, '--version'], { signal });
  const version = stdout.trim();
  const folder = (platform === 'win32' ? win32 : posix).join(temp, 'waybill-cli');
  const path = writeLaunchers(folder, launched, platform);
  runner.addPath(folder);
  if (store !== undefined) runner.exportVariable('WAYBILL_STORE', store);
  runner.setOutput('version', version);
  runner.setOutput('path', path);
  runner.info(`waybill ${version} is on PATH: ${path}`);
  return { version, path };
}
