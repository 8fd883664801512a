import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { openRegistries } from '@waybill/core/registry';
import { gitHubServer, openRepositories } from '@waybill/core/repository';
import { entry, readRunContext } from '@waybill/core/runner';
import { openRecords, sharesPullRequests } from '@waybill/core/verify';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  await entry(process, 'verify-digest', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const { home, workspace } = context;
    const inputs = readInputs(runner, { ...context, server: gitHubServer(env).url });
    const { token, ledger, insecureHosts } = inputs;
    const temp = context.temp ?? tmpdir();
    await mkdir(temp, { recursive: true });
    const folder = await mkdtemp(join(temp, 'waybill-verification-'));
    const workFolder = join(folder, 'ledger');
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
    const registries = openRegistries({ env, home, githubToken: token, insecureHosts, clock, log: runner });
    try {
      await run(inputs, {
        runner,
        registry: registries.open(inputs.image.place, 'pull'),
        builds: async () => openRecords(repositories, ledger),
        ref: context.ref,
        takesPullRequests: (io) => sharesPullRequests(inputs.image.place, { repositories, ledger }, io),
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
      repositories.close();
      await rm(workFolder, { recursive: true, force: true });
    }
  });
}
