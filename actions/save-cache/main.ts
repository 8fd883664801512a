import { availableParallelism } from 'node:os';
import { openStore } from '@waybill/core/cache';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

/** @param worker the file that worker threads start with */
export async function main(worker: URL): Promise<void> {
  await entry(process, 'save-cache', 'main', async ({ runner, signal }) => {
    const context = readRunContext(process);
    const inputs = await readInputs(runner, context);
    const { names, store, close } = await openStore(inputs.store, {
      access: 'push',
      env: process.env,
      home: context.home,
      githubToken: inputs.token,
      now: Date.now,
      random: Math.random,
      log: runner,
    });
    try {
      await run(inputs, {
        runner,
        context,
        names,
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
    } finally {
      close();
    }
  });
}
