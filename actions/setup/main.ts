import { fileURLToPath } from 'node:url';
import { createRunTool } from '@waybill/core/proc';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

/** @param bundle the bundle's entry; the program lies beside it */
export async function main(bundle: URL): Promise<void> {
  await entry(process, 'setup', 'main', async ({ runner, signal }) => {
    const context = readRunContext(process);
    const program = fileURLToPath(new URL('cli.js', bundle));
    await run(readInputs(runner, context), {
      runner,
      context,
      launched: { node: process.execPath, program },
      runTool: createRunTool(process),
      signal,
    });
  });
}
