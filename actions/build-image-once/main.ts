import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { openImageSite } from '@waybill/core/image';
import { gitHubServer, openRepositories } from '@waybill/core/repository';
import { declareImage, entry, readRunContext } from '@waybill/core/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  await entry(process, 'build-image-once', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const { home, workspace } = context;
    const server = gitHubServer(env).url;
    const inputs = readInputs(runner, { ...context, server, env });
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
      const site = openImageSite({
        ...inputs,
        env,
        context,
        server,
        place: inputs.order.place,
        repositories,
        tempFolder: temp,
        randomHex: (bytes) => randomBytes(bytes).toString('hex'),
        clock,
        log: runner,
        signal,
      });
      try {
        await run(inputs, {
          runner,
          context,
          site,
          declare: (image, digest) =>
            void declareImage(image, digest, { declare: env['GITHUB_ARTIFACTS'], list: env['GITHUB_ARTIFACTS_LIST'] }),
          writeRecord: async (text) => {
            const file = join(await mkdtemp(join(temp, 'waybill-image-')), 'record.json');
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
