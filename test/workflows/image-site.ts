import { startBuildKit } from '../docker/buildkit.ts';
import { createDockerClient } from '../docker/docker-client.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer } from '../registries/token-server.ts';
import { type ActSite, openActSite } from './act.ts';

const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
};

/** A machine with act and BuildKit, and a registry that takes tokens alone. */
export interface ImageSite {
  readonly site: ActSite;
  readonly registry: Registry;
  /** Variables of jobs whose docker is logged in with the right to push. */
  readonly writer: Readonly<Record<string, string>>;
  /** The same where docker may only pull. */
  readonly reader: Readonly<Record<string, string>>;
  /** The `store` of a ledger. */
  readonly ledger: string;
  stop(): Promise<void>;
}

/** @throws Error where one of the parts is missing, or does not start; then nothing is left */
export async function openImageSite(): Promise<ImageSite> {
  const closers: (() => void | Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const site = openActSite();
    closers.push(() => site.remove());
    const tokens = await startTokenServer(USERS);
    closers.push(() => tokens.stop());
    const registry = await startDockerRegistry({ token: tokens.token });
    closers.push(() => registry.stop());
    const buildkit = await startBuildKit([registry.host]);
    closers.push(() => buildkit.stop());
    const ledger = `git:${site.base}/ledger.git`;
    const logIn = async (user: keyof typeof USERS): Promise<Readonly<Record<string, string>>> => {
      const client = await createDockerClient();
      closers.push(() => client.remove());
      client.login(registry.host, user, USERS[user].password);
      await client.useBuildKit(buildkit.address);
      return client.env;
    };
    const [writer, reader] = [await logIn('writer'), await logIn('reader')];
    return { site, registry, writer, reader, ledger, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
