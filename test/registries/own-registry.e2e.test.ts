import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRandom } from '@waybill/testing/trees';
import { parse } from 'yaml';
import { requireProgram } from '../tools/require-program.ts';
import { type ServedRegistry, startServer } from './start-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist', 'cli.js');
const PAGE = readFileSync(join(ROOT, 'docs', 'own-registry.md'), 'utf8');

/** What `htpasswd -Bbn ci of-the-ci` printed. */
const HTPASSWD = 'ci:$2y$05$TvBOg6MlDyGa5UsGPwdmDuEep4fEyMvN/D5PoS1icnNJi8Ln8tdyO\n';

/** The configurations of the page, in their order: the whole one, what TLS and what read-only adds. */
const [WHOLE, TLS, READ_ONLY] = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)]
  .map(([, block = '']): unknown => parse(block))
  .filter((block) => typeof block === 'object' && block !== null && !Array.isArray(block));

type Section = Readonly<Record<string, unknown>>;
const sectionsOf = (value: unknown): Section => (typeof value === 'object' && value !== null ? { ...value } : {});

/** One over the other, section by section. */
function merged(under: unknown, over: unknown): Section {
  const out: Record<string, unknown> = { ...sectionsOf(under) };
  for (const [name, value] of Object.entries(sectionsOf(over)))
    out[name] = typeof value === 'object' && value !== null ? merged(out[name], value) : value;
  return out;
}

let base: string;
let registry: ServedRegistry | undefined;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-own-'));
  writeFileSync(join(base, 'htpasswd'), HTPASSWD);
  for (const folder of ['docker', 'work', 'home']) mkdirSync(join(base, folder));
});
afterEach(async () => {
  await registry?.stop();
  registry = undefined;
  rmSync(base, { recursive: true, force: true });
});

/** The page's configuration with these sections over it, and the places of this test. */
function configFile(...sections: readonly unknown[]): string {
  const places = {
    storage: { filesystem: { rootdirectory: join(base, 'storage') } },
    http: { addr: '127.0.0.1:0' },
    auth: { htpasswd: { path: join(base, 'htpasswd') } },
  };
  const file = join(base, `config-${sections.length}.json`);
  // YAML holds JSON.
  writeFileSync(file, JSON.stringify([WHOLE, ...sections, places].reduce(merged, { log: { level: 'info' } })));
  return file;
}

/** Starts it anew, over what it stored before. */
async function serve(config: string, status = 401): Promise<string> {
  await registry?.stop();
  registry = await startServer({
    name: 'docker-registry',
    program: requireProgram('docker-registry'),
    prepare: () => ['serve', config],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    status,
  });
  logIn(registry.host);
  return registry.host;
}

function logIn(host: string): void {
  const auth = Buffer.from('ci:of-the-ci').toString('base64');
  writeFileSync(join(base, 'docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

function collectGarbage(config: string, ...options: string[]): void {
  const args = ['garbage-collect', ...options, config];
  execFileSync(requireProgram('docker-registry'), args, { env: { PATH: process.env['PATH'] ?? '' }, stdio: 'ignore' });
}

interface Ended {
  readonly code: unknown;
  readonly out: string;
}

async function waybill(
  store: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args, '--store', store], {
    cwd: join(base, 'work'),
    env: { PATH: process.env['PATH'] ?? '', HOME: join(base, 'home'), DOCKER_CONFIG: join(base, 'docker'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  return { code: await new Promise((resolve) => child.once('close', resolve)), out };
}

async function expectDone(store: string, ...args: string[]): Promise<string> {
  const { code, out } = await waybill(store, args);
  expect(code === 0 ? '' : out).toBe('');
  return out;
}

/** A folder with files that have nothing in common with those of another seed. */
function plant(name: string, seed: number): void {
  const folder = join(base, 'work', name);
  mkdirSync(folder, { recursive: true });
  for (const file of ['a', 'b']) {
    const bytes = Buffer.alloc(400_000);
    createRandom(seed + file.charCodeAt(0)).fill(bytes);
    writeFileSync(join(folder, file), bytes);
  }
}

/** Bytes of all blobs that the registry stores. */
function storedBytes(): number {
  const blobs = join(base, 'storage', 'docker', 'registry', 'v2', 'blobs');
  return readdirSync(blobs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).byteLength, 0);
}

test('docs/own-registry.md has the three configurations that are run here', () => {
  expect(WHOLE).toHaveProperty('auth.htpasswd.realm');
  expect(TLS).toHaveProperty('http.tls.certificate');
  expect(READ_ONLY).toHaveProperty('storage.maintenance.readonly.enabled', true);
});

describe('docker-registry as docs/own-registry.md configures it', () => {
  test('takes the login of the page, and nobody without', async () => {
    const host = await serve(configFile());
    const store = `oci://${host}/octo-org/app`;
    plant('one', 1);
    expect(await expectDone(store, 'doctor')).toMatch(
      /ok +login +127\.0\.0\.1:\d+, user ci, from .*\n.*\n.*can be pushed to/,
    );
    await expectDone(store, 'cache', 'save', 'k-1', 'one');
    rmSync(join(base, 'docker', 'config.json'));
    const { code, out } = await waybill(store, ['cache', 'restore', 'k-1', 'one']);
    expect([code, out]).toEqual([3, expect.stringContaining('(denied)')]);
  });

  test('gives back the bytes of what was deleted when garbage is collected, and of nothing else', async () => {
    const config = configFile();
    const store = `oci://${await serve(config)}/octo-org/app`;
    plant('one', 1);
    plant('two', 2);
    await expectDone(store, 'cache', 'save', 'k-1', 'one');
    await expectDone(store, 'cache', 'save', 'k-2', 'two');
    const whole = storedBytes();
    await expectDone(store, 'cache', 'delete', 'k-1', '--yes');
    collectGarbage(config);
    expect(storedBytes()).toBeLessThan(whole - 790_000);
    expect(await expectDone(store, 'cache', 'verify')).toContain('1 entry');
    expect((await waybill(store, ['cache', 'restore', 'k-1', 'one'])).code).toBe(1);
    collectGarbage(config);
    await expectDone(store, 'cache', 'restore', 'k-2', 'two');
  });

  test('collects with --delete-untagged what our names point at: clean misses, and the next save heals them', async () => {
    const config = configFile();
    const store = `oci://${await serve(config)}/octo-org/app`;
    plant('one', 1);
    await expectDone(store, 'cache', 'save', 'k-1', 'one');
    collectGarbage(config, '--delete-untagged');
    rmSync(join(base, 'work', 'one'), { recursive: true });
    const miss = await waybill(store, ['cache', 'restore', 'k-1', 'one', '--json']);
    expect([miss.code, miss.out]).toEqual([1, expect.stringContaining('"reason": "evicted"')]);
    expect(readdirSync(join(base, 'work'))).toEqual([]);
    plant('one', 1);
    await expectDone(store, 'cache', 'save', 'k-1', 'one');
    await expectDone(store, 'cache', 'restore', 'k-1', 'one');
  });

  test('served read-only restores, and a save is a warning', async () => {
    const first = await serve(configFile());
    plant('one', 1);
    await expectDone(`oci://${first}/octo-org/app`, 'cache', 'save', 'k-1', 'one');
    const store = `oci://${await serve(configFile(READ_ONLY))}/octo-org/app`;
    await expectDone(store, 'cache', 'restore', 'k-1', 'one');
    const saved = await waybill(store, ['cache', 'save', 'k-2', 'one']);
    expect([saved.code, saved.out]).toEqual([3, expect.stringMatching(/warning: .* was not saved .* answers 405/)]);
    const doctor = await waybill(store, ['doctor']);
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringContaining('look whether it is read-only')]);
  });

  test('loses a repository whole where its folder goes, and no other one', async () => {
    const config = configFile();
    const host = await serve(config);
    plant('one', 1);
    for (const name of ['old', 'new'])
      await expectDone(`oci://${host}/octo-org/${name}`, 'cache', 'save', 'k-1', 'one');
    plant('two', 2);
    await expectDone(`oci://${host}/octo-org/old`, 'cache', 'save', 'k-2', 'two');
    const whole = storedBytes();
    rmSync(join(base, 'storage', 'docker', 'registry', 'v2', 'repositories', 'octo-org', 'old'), { recursive: true });
    collectGarbage(config);
    expect(storedBytes()).toBeLessThan(whole - 790_000);
    const again = await serve(config);
    expect(await expectDone(`oci://${again}/octo-org/new`, 'cache', 'verify')).toContain('1 entry');
    expect((await waybill(`oci://${again}/octo-org/old`, ['cache', 'restore', 'k-1', 'one'])).code).toBe(1);
  });
});

describe('docker-registry with TLS, under a name of its own', () => {
  let proxy: Tunnel;
  beforeAll(async () => {
    proxy = await startTunnel();
  });
  afterAll(() => proxy?.close());

  test('is reached with the authority in NODE_EXTRA_CA_CERTS, or any certificate where it is listed insecure', async () => {
    makeCertificate();
    const tls = { http: { tls: { certificate: join(base, 'registry.crt'), key: join(base, 'registry.key') } } };
    proxy.lead(await serve(configFile(TLS, tls), 400));
    logIn('registry.internal:5000');
    plant('one', 1);
    const store = 'oci://registry.internal:5000/octo-org/app';
    const unknown = await waybill(store, ['doctor'], { HTTPS_PROXY: proxy.url });
    expect([unknown.code, unknown.out]).toEqual([1, expect.stringContaining('the certificate or TLS is not accepted')]);

    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: join(base, 'authority.crt') };
    for (const args of [['doctor'], ['cache', 'save', 'k-1', 'one'], ['cache', 'restore', 'k-1', 'one']]) {
      const { code, out } = await waybill(store, args, env);
      expect(code === 0 ? '' : out).toBe('');
    }
    const insecure = await waybill(`${store}?insecure=true`, ['cache', 'restore', 'k-1', 'one'], {
      HTTPS_PROXY: proxy.url,
    });
    expect(insecure.code === 0 ? '' : insecure.out).toBe('');
  });
});

/** An authority, and a certificate of it for registry.internal. */
function makeCertificate(): void {
  const openssl = (...args: string[]) => execFileSync(requireProgram('openssl'), args, { cwd: base, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'authority.key',
    '-out',
    'authority.crt',
    '-subj',
    '/CN=authority',
    '-days',
    '2',
  );
  openssl('req', ...key, '-keyout', 'registry.key', '-out', 'registry.csr', '-subj', '/CN=registry.internal');
  writeFileSync(join(base, 'names'), 'subjectAltName=DNS:registry.internal\n');
  openssl(
    ...['x509', '-req', '-in', 'registry.csr', '-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial'],
    ...['-out', 'registry.crt', '-days', '2', '-extfile', 'names'],
  );
}

/** A proxy that takes every CONNECT to one place: what stands in for the name service. */
interface Tunnel {
  readonly url: string;
  lead(to: string): void;
  close(): void;
}

async function startTunnel(): Promise<Tunnel> {
  let place = '';
  const server = http.createServer();
  server.on('connect', (_request, socket) => {
    const [host = '', port = ''] = place.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const [each, other] of [
      [far, socket],
      [socket, far],
    ] as const)
      each.on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    lead: (to) => {
      place = to;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
