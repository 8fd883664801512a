import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RetryClock, sleep } from '@waybill/core/async';
import { askWhetherEnded, type DockerLogin, type ImageDeps, openPlaces, runBuild } from '@waybill/core/image';
import { createRunProgram, createRunTool } from '@waybill/core/proc';
import { findCredentials, openRegistries, runCredentialHelper } from '@waybill/core/registry';
import { declareImage, entry, readRunContext } from '@waybill/core/runner';
import { type Inputs, readInputs } from './inputs.ts';
import { run } from './run.ts';

/** Of what git says of a large repository. */
const MAX_LISTING = 256 * 1024 * 1024;

export async function main(): Promise<void> {
  await entry(process, 'build-image-once', 'main', async ({ runner, signal }) => {
    const { env, platform } = process;
    const context = readRunContext(process);
    const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
    const inputs = readInputs(runner, { ...context, server, env });
    const { token, insecureHosts, secrets, stores } = inputs;
    const temp = context.temp ?? tmpdir();
    await mkdir(temp, { recursive: true });
    const workFolder = await mkdtemp(join(temp, 'waybill-ledger-'));
    const clock = { now: Date.now, sleep, random: Math.random };
    const runProgram = createRunProgram({ env, platform });
    const registries = openRegistries({
      env,
      home: context.home,
      githubToken: token,
      insecureHosts,
      clock,
      log: runner,
    });
    const github = await openRuns(context.repository, token, env, clock);
    try {
      await run(inputs, {
        runner,
        context,
        prepare: { arch: process.arch, env, runTool: createRunTool({ env, platform, maxBytes: MAX_LISTING }), signal },
        image: {
          openRegistry: registries.open,
          records: openPlaces({
            stores,
            token,
            tokenOrigin: URL.parse(server)?.origin,
            workFolder,
            env,
            run: runProgram,
            openRegistry: registries.open,
            clock,
          }),
          build: async (order, until) =>
            runBuild(order, {
              runProgram,
              workspace: context.workspace,
              tempFolder: temp,
              env,
              home: context.home,
              login: await findLogin(inputs, env, context.home),
              insecureHosts,
              newName: () => `waybill-${randomBytes(6).toString('hex')}`,
              secrets,
              log: runner,
              ...(until === undefined ? {} : { signal: until }),
            }),
          facts: { ...context, serverUrl: server },
          clock,
          nonce: () => randomBytes(12).toString('hex'),
          ...(github === undefined ? {} : { hasEnded: github.hasEnded }),
          signal,
        },
        declare: (image, digest) =>
          void declareImage(image, digest, { declare: env['GITHUB_ARTIFACTS'], list: env['GITHUB_ARTIFACTS_LIST'] }),
        writeRecord: async (text) => {
          const file = join(await mkdtemp(join(temp, 'waybill-image-')), 'record.json');
          await writeFile(file, text);
          return file;
        },
      });
    } finally {
      registries.close();
      github?.close();
      await rm(workFolder, { recursive: true, force: true });
    }
  });
}

/** A second look at who builds takes no longer. */
const ASK_BUDGET_MS = 10_000;

interface Runs {
  readonly hasEnded: NonNullable<ImageDeps['hasEnded']>;
  close(): void;
}

/** Where there is an API to ask whether the run that claimed a build has ended. Nothing is asked before. */
async function openRuns(
  repository: string | undefined,
  token: string,
  env: NodeJS.ProcessEnv,
  clock: RetryClock,
): Promise<Runs | undefined> {
  if (repository === undefined || token === '') return undefined;
  const { createGitHub, gitHubUrls } = await import('@waybill/core/github');
  const { createHttp } = await import('@waybill/core/http');
  const http = createHttp({ env });
  const github = createGitHub({ repository, urls: gitHubUrls(env), token, http, clock, budgetMs: ASK_BUDGET_MS });
  return { hasEnded: askWhetherEnded(github), close: () => http.close() };
}

/** ghcr.io with the job's token, where docker is not logged in there (S1-10). */
async function findLogin(
  { order, token }: Inputs,
  env: NodeJS.ProcessEnv,
  home: string,
): Promise<DockerLogin | undefined> {
  const { host } = order.place;
  if (host !== 'ghcr.io' || token === '') return undefined;
  const own = await findCredentials({ env, home, runHelper: runCredentialHelper(env) })(host);
  return own === undefined ? { host, username: 'x-access-token', password: token } : undefined;
}
