import { availableParallelism } from 'node:os';
import { openLayoutStore } from '@waybill/core/content';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

/** @param worker the file that worker threads start with */
export async function main(worker: URL): Promise<void> {
  await entry(process, 'save-cache', 'main', async ({ runner, signal }) => {
    const context = readRunContext(process);
    const inputs = await readInputs(runner, context);
    const store = openLayoutStore(inputs.store.path, { clock: Date.now, maxBytes: inputs.store.maxBytes });
    await run(inputs, {
      runner,
      context,
      names: store,
      store,
      snapshots: () => import('@waybill/core/snapshot'),
      tools: async () => {
        const { createRunTool } = await import('@waybill/core/proc');
        return { runTool: createRunTool(process), env: process.env };
      },
      machine: {
        stateDir: context.stateDir,
        now: Date.now,
        threads: Math.min(availableParallelism(), 4),
        workerEntry: worker,
      },
      signal,
    });
  });
}
