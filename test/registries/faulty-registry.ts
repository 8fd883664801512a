import { type FaultProxy, type OtherHosts, startFaultProxy, startOtherHosts } from '@waybill/testing/fault-proxy';
import { startDockerRegistry } from './docker-registry.ts';
import { startTokenServer } from './token-server.ts';

/** A user's password is unlike anything else, so that it is found wherever it goes. */
export const WRITER = { username: 'writer', password: 'Pa55-of-the-writer' } as const;

/** docker-registry, which takes tokens alone, and its token server, both behind a proxy that lets one request go wrong. */
export interface FaultyRegistry {
  readonly proxy: FaultProxy;
  /** All other hosts that there are. */
  readonly others: OtherHosts;
  /**
   * Requests to other hosts since the last call that held an authorization, a token or the password, and all to
   * `tokens.example`, whom nobody should ask; there should be none.
   */
  leaks(): string[];
  stop(): Promise<void>;
}

export async function startFaultyRegistry(): Promise<FaultyRegistry> {
  const hosts = { registry: '', tokens: '' };
  const target = (path: string) => (path.startsWith('/token') ? hosts.tokens : hosts.registry);
  const proxy = await startFaultProxy({ target });
  const others = await startOtherHosts({ answer: proxy.answerElsewhere });
  const tokens = await startTokenServer({
    [WRITER.username]: { password: WRITER.password, actions: ['pull', 'push', 'delete'] },
  });
  hosts.tokens = new URL(tokens.token.realm).host;
  const registry = await startDockerRegistry({
    token: { ...tokens.token, realm: `http://${proxy.host}/token` },
    inMemory: true,
  });
  hosts.registry = registry.host;
  const basic = Buffer.from(`${WRITER.username}:${WRITER.password}`).toString('base64');
  let looked = 0;
  return {
    proxy,
    others,
    leaks: () => {
      const secrets = [WRITER.password, basic, ...tokens.issued];
      const fresh = others.requests.slice(looked);
      looked = others.requests.length;
      return fresh.flatMap(({ host, method, path, headers, body }) => {
        const all = `${path} ${JSON.stringify(headers)} ${body.toString('latin1')}`;
        const leaked =
          host === 'tokens.example' || 'authorization' in headers || secrets.some((secret) => all.includes(secret));
        return leaked ? [`${method} https://${host}${path}`] : [];
      });
    },
    stop: async () => {
      await registry.stop();
      await tokens.stop();
      await others.stop();
      await proxy.stop();
    },
  };
}
