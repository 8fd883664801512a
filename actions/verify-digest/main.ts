import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { openRegistries } from '@waybill/core/registry';
import { entry, readRunContext } from '@waybill/core/runner';
import { openRecords } from '@waybill/core/verify';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  await entry(process, 'verify-digest', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const { home, workspace } = context;
    const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
    const inputs = readInputs(runner, { ...context, server });
    const { token, ledger, insecureHosts } = inputs;
    const temp = context.temp ?? tmpdir();
    await mkdir(temp, { recursive: true });
    const folder = await mkdtemp(join(temp, 'waybill-verification-'));
    const workFolder = join(folder, 'ledger');
    const clock = { now: Date.now, sleep, random: Math.random };
    const registries = openRegistries({ env, home, githubToken: token, insecureHosts, clock, log: runner });
    try {
      await run(inputs, {
        runner,
        registry: registries.open(inputs.image.place, 'pull'),
        builds: async () => {
          await mkdir(workFolder);
          const tokenOrigin = URL.parse(server)?.origin;
          return openRecords({ ledger, home, cwd: workspace, env, platform, token, tokenOrigin, workFolder, clock });
        },
        // The file outlives the step.
        writeFindings: async (text) => {
          const file = join(folder, 'findings.json');
          await writeFile(file, text);
          return file;
        },
        signal,
      });
    } finally {
      registries.close();
      await rm(workFolder, { recursive: true, force: true });
    }
  });
}
