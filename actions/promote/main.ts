import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { openPromotionSite } from '@waybill/core/promote';
import { entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  await entry(process, 'promote', 'main', async ({ runner, signal }) => {
    const context = readRunContext(process);
    const server = process.env['GITHUB_SERVER_URL'] ?? 'https://github.com';
    const inputs = readInputs(runner, { ...context, server });
    const temp = context.temp ?? tmpdir();
    await mkdir(temp, { recursive: true });
    const workFolder = await mkdtemp(join(temp, 'waybill-ledger-'));
    const site = openPromotionSite({
      env: process.env,
      platform: process.platform,
      home: context.home,
      cwd: context.workspace,
      ledger: inputs.ledger,
      create: false,
      token: inputs.token,
      tokenOrigin: URL.parse(server)?.origin,
      workFolder,
      insecureHosts: inputs.insecureHosts,
      run: context,
      clock: { now: Date.now, sleep, random: Math.random },
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
      await rm(workFolder, { recursive: true, force: true });
    }
  });
}
