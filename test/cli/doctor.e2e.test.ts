import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const NOBODY = 65_534;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-doctor-'));
  chmodSync(base, 0o755);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** `waybill doctor` of a store, as the built command line; lines by the name of their check. */
async function doctor(store: string, options: { readonly env?: Record<string, string>; readonly uid?: number } = {}) {
  const child = spawn(process.execPath, [CLI, 'doctor', '--store', store], {
    cwd: base,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(base, 'home'),
      DOCKER_CONFIG: join(base, 'docker'),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const of = (name: string) =>
    new RegExp(`^(ok|warning|problem) +${name} +(.*(?:\\n {21}.*)?)`, 'm').exec(out)?.slice(1).join(' ');
  return { code, out, of };
}

function logIn(host: string, user: string): void {
  mkdirSync(join(base, 'docker'), { recursive: true });
  const auth = Buffer.from(`${user}:of-the-${user}`).toString('base64');
  writeFileSync(join(base, 'docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

describe('waybill doctor of docker-registry', () => {
  let open: Registry;
  beforeAll(async () => {
    open = await startDockerRegistry();
  });
  afterAll(() => open?.stop());

  test('finds that it can be read and pushed to, and leaves nothing there', async () => {
    const { code, of, out } = await doctor(`oci://${open.host}/octo-org/app-cache`);
    expect(code === 0 ? '' : out).toBe('');
    expect(of('read')).toBe('ok the repository can be read: it is empty, or made by the first save');
    expect(of('write')).toBe('ok the repository can be pushed to');
    expect(await (await fetch(`http://${open.host}/v2/_catalog`)).json()).toEqual({ repositories: [] });
    expect((await fetch(`http://${open.host}/v2/octo-org/app-cache/tags/list`)).status).toBe(404);
  });

  test('by plain http where that is not allowed says how it is', async () => {
    // Not loopback by its name, and loopback all the same.
    const host = open.host.replace('127.0.0.1', '0.0.0.0');
    const refused = await doctor(`oci://${host}/octo-org/app-cache`);
    expect(refused.code).toBe(1);
    expect(refused.of('read')).toMatch(
      /^problem .*does not speak TLS.*\n +If it is to be spoken to by plain http, .*insecure=true/,
    );
    expect(refused.of('write')).toBeUndefined();
    const allowed = await doctor(`oci://${host}/octo-org/app-cache?insecure=true`);
    expect(allowed.code === 0 ? '' : allowed.out).toBe('');
    expect(allowed.of('store')).toContain('plain http, or any certificate, will do');
  });

  test('under a name that nobody knows says that', async () => {
    // A label of more than 63 letters is no name, which the machine knows without asking anybody.
    const { code, of } = await doctor(`oci://${'a'.repeat(64)}.example/octo-org/app-cache`);
    expect(code).toBe(1);
    expect(of('read')).toMatch(/^problem .*no connection \(ENOTFOUND\)\n +Check the host name, the network/);
  });
});

describe('waybill doctor of docker-registry that takes tokens alone', () => {
  let tokens: TokenServer;
  let registry: Registry;
  beforeAll(async () => {
    tokens = await startTokenServer({
      writer: { password: 'of-the-writer', actions: ['pull', 'push', 'delete'] },
      reader: { password: 'of-the-reader', actions: ['pull'] },
    });
    registry = await startDockerRegistry({ token: tokens.token });
  });
  afterAll(async () => {
    await registry?.stop();
    await tokens?.stop();
  });
  const store = () => `oci://${registry.host}/octo-org/app-cache`;

  test('says who may push', async () => {
    logIn(registry.host, 'writer');
    const { code, of, out } = await doctor(store());
    expect(code === 0 ? '' : out).toBe('');
    expect(of('login')).toBe(`ok ${registry.host}, user writer, from ${join(base, 'docker', 'config.json')}`);
    expect(out).not.toContain('of-the-writer');
  });

  test('says who may only read, and what saving needs', async () => {
    logIn(registry.host, 'reader');
    const { code, of } = await doctor(store());
    expect([code, of('read')]).toEqual([1, expect.stringMatching(/^ok /)]);
    expect(of('write')).toMatch(
      /^problem the repository cannot be pushed to: .*\n +To save, another registry needs: .*--read-only/,
    );
  });

  test('says that nobody is logged in, and that it takes that', async () => {
    const { code, of } = await doctor(store());
    expect(code).toBe(1);
    expect(of('login')).toBe(`ok none for ${registry.host}: it is asked without one`);
    expect(of('read')).toMatch(/^problem .* answers 401.*\n +To restore, another registry needs: .*docker login/);
  });
});

describe('waybill doctor of a folder', () => {
  test('that another user may only read says so; reading alone is fine', async () => {
    const store = join(base, 'store');
    mkdirSync(join(base, 'home'), { recursive: true });
    mkdirSync(join(base, 'work'));
    writeFileSync(join(base, 'work', 'a.txt'), 'one');
    execFileSync(process.execPath, [CLI, 'cache', 'save', 'k-1', join(base, 'work'), '--store', `dir:${store}`], {
      env: { PATH: process.env['PATH'] ?? '', HOME: join(base, 'home') },
      stdio: 'ignore',
    });
    execFileSync('chmod', ['-R', 'a+rX,a-w', store]);
    const { code, of } = await doctor(`dir:${store}`, { uid: NOBODY });
    expect(of('read')).toBe('ok the store can be read: 1 entry');
    expect(of('write')).toMatch(
      /^problem the store cannot be written: .*EACCES.*\n +Give this user the rights to the folder of the store/,
    );
    expect(code).toBe(1);
    // A restore writes beside the folder, and nothing into the store.
    chmodSync(base, 0o777);
    rmSync(join(base, 'work'), { recursive: true });
    const env = { PATH: process.env['PATH'] ?? '', HOME: join(base, 'home') };
    const restore = [CLI, 'cache', 'restore', 'k-1', join(base, 'work'), '--store', `dir:${store}`, '--json'];
    const restored = spawnSync(process.execPath, restore, { uid: NOBODY, gid: NOBODY, env, encoding: 'utf8' });
    expect(JSON.parse(restored.stdout)).toMatchObject({ result: 'exact' });
  });
});
