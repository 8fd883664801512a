import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { openPromotionSite } from '@waybill/core/promote';
import { gitHubServer, openRepositories } from '@waybill/core/repository';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  await entry(process, 'promote', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const { home, workspace } = context;
    const inputs = readInputs(runner, { ...context, server: gitHubServer(env).url });
    const { token } = inputs;
    const temp = context.temp ?? tmpdir();
    await mkdir(temp, { recursive: true });
    const workFolder = await mkdtemp(join(temp, 'waybill-ledger-'));
    const clock = { now: Date.now, sleep, random: Math.random };
    const repositories = openRepositories({
      env,
      platform,
      home,
      cwd: workspace,
      token,
      workFolder,
      clock,
      log: runner,
    });
    try {
      const site = openPromotionSite({
        ...inputs,
        env,
        home,
        repositories,
        create: false,
        run: context,
        clock,
        log: runner,
        signal,
      });
      try {
        await run(inputs, {
          runner,
          context,
          site,
          writeRecord: async (text) => {
            const folder = await mkdtemp(join(temp, 'waybill-promotion-'));
            const file = join(folder, 'promotion.json');
            await writeFile(file, text);
            return file;
          },
        });
      } finally {
        site.close();
      }
    } finally {
      repositories.close();
      await rm(workFolder, { recursive: true, force: true });
    }
  });
}
