import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { StepRun } from '@waybill/testing/action-runner';
import { toolPath } from '../../scripts/tools.mjs';
import { openSite, type Site, shown } from '../bundles/site.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { startGgcrRegistry } from '../registries/ggcr-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { requireProgram } from '../tools/require-program.ts';
import { startBuildKit } from './buildkit.ts';
import { createDockerClient, type DockerClient } from './docker-client.ts';
import type { Daemon } from './start-daemon.ts';

const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push', 'delete'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
};

/** A machine with BuildKit, and two registries. */
export interface BuildSite {
  readonly site: Site;
  readonly buildkit: Daemon;
  /** Logged in where that is needed. */
  readonly writer: DockerClient;
  readonly reader: DockerClient;
  /** Distribution: no referrers API, tokens alone. */
  readonly tokenRegistry: Registry;
  /** go-containerregistry's: referrers, anonymous. */
  readonly openRegistry: Registry;
  /** A job of one step of build-image-once in this workspace; the ledger is the site's own. */
  build(workspace: string, inputs: Readonly<Record<string, string>>, options?: BuildOptions): Promise<StepRun>;
  /** The same, that must be green. @throws Error with what the step printed */
  built(workspace: string, inputs: Readonly<Record<string, string>>, options?: BuildOptions): Promise<StepRun>;
  /** What the ledger's `store` is. */
  readonly ledger: string;
  /** What skopeo, logged in as the writer, says. @throws Error with what it printed */
  skopeo(...args: readonly string[]): Promise<string>;
  /** The digest that a reference has now, of the bytes that come. */
  digest(reference: string): Promise<string>;
  /** The files of a layer of an image of one platform, as text. */
  exported(reference: string): Promise<string>;
  stop(): Promise<void>;
}

export interface BuildOptions {
  readonly client?: DockerClient;
  readonly env?: Readonly<Record<string, string>>;
}

export async function openBuildSite(): Promise<BuildSite> {
  const closers: (() => void | Promise<void>)[] = [];
  const site = openSite();
  closers.push(() => site.remove());
  const stop = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const tokens: TokenServer = await startTokenServer(USERS);
    closers.push(() => tokens.stop());
    const tokenRegistry = await startDockerRegistry({ token: tokens.token });
    closers.push(() => tokenRegistry.stop());
    const openRegistry = await startGgcrRegistry();
    closers.push(() => openRegistry.stop());
    const buildkit = await startBuildKit([tokenRegistry.host, openRegistry.host]);
    closers.push(() => buildkit.stop());
    const client = async (user: keyof typeof USERS): Promise<DockerClient> => {
      const made = await createDockerClient();
      closers.push(() => made.remove());
      made.login(tokenRegistry.host, user, USERS[user].password);
      await made.useBuildKit(buildkit.address);
      return made;
    };
    const [writer, reader] = [await client('writer'), await client('reader')];
    const ledger = `git:${site.base}/ledger.git`;
    const crane = await toolPath('crane');
    const program = requireProgram('skopeo');
    const env = { PATH: process.env['PATH'], HOME: site.base, ...writer.env };
    const call = async (file: string, args: readonly string[]): Promise<string> =>
      (await promisify(execFile)(file, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
    const inTheOpen = ['--tls-verify=false', '--src-tls-verify=false'] as const;
    const skopeo: BuildSite['skopeo'] = (command, ...args) =>
      call(program, [command ?? '', command === 'copy' ? inTheOpen[1] : inTheOpen[0], ...args]);
    const build: BuildSite['build'] = async (workspace, inputs, { client: as = writer, env = {} } = {}) => {
      const job = await site.job({ workspace, env: { ...as.env, ...env }, token: '' });
      const run = await job.run({ action: 'build-image-once', with: { store: ledger, ...inputs } });
      await job.finish();
      return run;
    };
    return {
      site,
      buildkit,
      writer,
      reader,
      tokenRegistry,
      openRegistry,
      ledger,
      build,
      async built(...args) {
        const run = await build(...args);
        if (run.outcome !== 'success') throw new Error(shown(run));
        return run;
      },
      skopeo,
      digest: async (reference) =>
        `sha256:${createHash('sha256')
          .update(await skopeo('inspect', '--raw', `docker://${reference}`))
          .digest('hex')}`,
      exported: (reference) => call(crane, ['export', '--platform', 'linux/amd64', reference, '-']),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
