import { availableParallelism } from 'node:os';
import { withStep } from '@waybill/core/cache';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

/** @param worker the file that worker threads start with */
export async function main(worker: URL): Promise<void> {
  await entry(process, 'cache', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const inputs = await readInputs(runner, context);
    const { store, token } = inputs;
    const host = { env, platform, now: Date.now, random: Math.random, parallelism: availableParallelism(), worker };
    await withStep({ access: 'pull', store, token, runner, context, signal, host }, (deps) => run(inputs, deps));
  });
}
