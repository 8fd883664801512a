import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toolPath } from '../../scripts/tools.mjs';
import { openSite, type Site, shown } from '../bundles/site.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { requireProgram } from '../tools/require-program.ts';

/** A manifest as the layout's index names it. */
interface Named {
  readonly name: string;
  readonly digest: string;
}

describe('the folder of a dir: store, which others read as an OCI image layout', () => {
  let site: Site;
  let named: readonly Named[];
  // Two saves of one tree: they share packs.
  beforeAll(async () => {
    site = openSite();
    for (const [key, files] of [
      ['k-1', { 'a.txt': 'one\n'.repeat(50_000), 'sub/b.txt': 'two' }],
      ['k-2', { 'sub/c.txt': 'three\n'.repeat(1000) }],
    ] as const) {
      site.plant(files);
      const saved = await site.step('save-cache', { key });
      expect(saved.outputs['result'] ?? shown(saved)).toMatch(/^(new|delta)$/);
    }
    named = readIndex(join(site.store, 'index.json'));
  });
  afterAll(() => site?.remove());

  test('names one manifest for each save', () => {
    expect(named.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^x\.[0-9a-v]{32}$/),
      expect.stringMatching(/^x\.[0-9a-v]{32}$/),
    ]);
    expect(new Set(named.map(({ digest }) => digest)).size).toBe(2);
  });

  describe('skopeo', () => {
    test('reads every manifest by its name, byte for byte', () => {
      for (const { name, digest } of named) {
        expect(sha256(skopeo('inspect', '--raw', `oci:${site.store}:${name}`))).toBe(digest);
      }
    });

    test('copies every snapshot with its digest kept and all its blobs', () => {
      for (const [index, { name, digest }] of named.entries()) {
        const out = join(site.base, `copy-${index}`);
        mkdirSync(out);
        skopeo('copy', '--quiet', `oci:${site.store}:${name}`, `dir:${out}`);
        const manifest = readFileSync(join(out, 'manifest.json'));
        expect(sha256(manifest)).toBe(digest);
        const { config, layers } = parseManifest(manifest);
        const blobs = readdirSync(out).filter((file) => !['manifest.json', 'version'].includes(file));
        expect(blobs.sort()).toEqual(
          [...new Set([config, ...layers])].map((blob) => blob.replace('sha256:', '')).sort(),
        );
        for (const blob of blobs) expect(sha256(readFileSync(join(out, blob)))).toBe(`sha256:${blob}`);
      }
    });
  });

  describe('crane and a registry', () => {
    let registry: Registry;
    let crane: (...args: string[]) => string;
    beforeAll(async () => {
      registry = await startDockerRegistry();
      const program = await toolPath('crane');
      // Its own home: nobody's registry login is asked.
      const env = { PATH: process.env['PATH'], HOME: site.base };
      crane = (...args) =>
        execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
    });
    afterAll(() => registry?.stop());

    test('take the whole layout with every digest kept, and find nothing amiss', () => {
      const repository = `${registry.host}/octo-org/app-waybill`;
      crane('push', '--index', site.store, `${repository}:all`);
      expect(crane('digest', `${repository}:all`)).toBe(sha256(readFileSync(join(site.store, 'index.json'))));
      expect(crane('validate', '--remote', `${repository}:all`)).toContain('PASS');
      for (const { digest } of named) {
        expect(crane('digest', `${repository}@${digest}`)).toBe(digest);
        expect(crane('validate', '--remote', `${repository}@${digest}`)).toContain('PASS');
      }
    });

    test('take a layout of one save without a word about its being an artifact', async () => {
      const other = openSite();
      try {
        other.plant({ 'a.txt': 'alone' });
        await other.step('save-cache', { key: 'k-1' });
        const [only] = readIndex(join(other.store, 'index.json'));
        const reference = `${registry.host}/octo-org/one:latest`;
        crane('push', other.store, reference);
        expect(crane('digest', reference)).toBe(only?.digest);
        expect(crane('validate', '--remote', reference)).toContain('PASS');
      } finally {
        other.remove();
      }
    });
  });
});

function skopeo(...args: string[]): Buffer {
  return execFileSync(requireProgram('skopeo'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function readIndex(file: string): Named[] {
  return list(record(JSON.parse(readFileSync(file, 'utf8')))['manifests']).map((entry) => {
    const { digest, annotations } = record(entry);
    return { name: String(record(annotations)['org.opencontainers.image.ref.name']), digest: String(digest) };
  });
}

function parseManifest(bytes: Buffer): { readonly config: string; readonly layers: readonly string[] } {
  const { config, layers } = record(JSON.parse(bytes.toString('utf8')));
  const digestOf = (descriptor: unknown) => String(record(descriptor)['digest']);
  return { config: digestOf(config), layers: list(layers).map(digestOf) };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`Expected an object, found ${typeof value}.`);
  return { ...value };
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`Expected a list, found ${typeof value}.`);
  return value;
}
