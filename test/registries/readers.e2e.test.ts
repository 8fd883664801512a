import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttp, type Http } from '@waybill/core/http';
import { type Descriptor, digestOf } from '@waybill/core/oci';
import { createRegistry, openOciStore } from '@waybill/core/registry';
import { createRandom } from '@waybill/testing/trees';
import { toolPath } from '../../scripts/tools.mjs';
import { openSite, type Site, shown, told } from '../bundles/site.ts';
import { requireProgram } from '../tools/require-program.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { startGgcrRegistry } from './ggcr-registry.ts';
import { registryProblems } from './registry-problems.ts';
import type { Registry } from './start-server.ts';

// What the bundles save in a registry is OCI content as any other: other people's tools read it, and what they moved to
// another registry is restored from there.

const REPOSITORY = 'octo-org/app-cache';
const KINDS = { 'docker-registry': startDockerRegistry, "go-containerregistry's registry": startGgcrRegistry };
type Kind = keyof typeof KINDS;
const DIRECTIONS: readonly (readonly [Kind, Kind])[] = [
  ['docker-registry', "go-containerregistry's registry"],
  ["go-containerregistry's registry", 'docker-registry'],
];
/** Two contents in one pack, and one that fills packs of its own. */
const LARGE = Buffer.alloc(9_000_000);
createRandom(1).fill(LARGE);
const FILES = { 'a.txt': 'one', 'folder/b.txt': 'two', 'large.bin': LARGE };

let http: Http;
let site: Site;
let home: string;
beforeAll(() => {
  http = createHttp();
  site = openSite();
  home = join(site.base, 'tools');
  mkdirSync(home);
});
afterAll(() => {
  http.close();
  site.remove();
});

/** Runs a tool that has no configuration but what its arguments say. */
function run(program: string, ...args: string[]): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
const crane = async (...args: string[]) => run(await toolPath('crane'), ...args);
const skopeo = async (...args: string[]) => run(requireProgram('skopeo'), ...args);
const regctl = async (hosts: readonly string[], ...args: string[]) =>
  run(await toolPath('regctl'), ...hosts.flatMap((host) => ['--host', `reg=${host},tls=disabled`]), ...args);

/** A registry with one cache entry, saved by the built action. */
async function save(kind: Kind, key: string) {
  const registry = await KINDS[kind]();
  site.plant(FILES);
  const run = await site.step('save-cache', { store: `oci://${registry.host}/${REPOSITORY}`, key });
  expect(`${told(run)}\n${shown(run)}`).toMatch(/^new\/\n/);
  const client = open(registry);
  const found: { tag: string; index: Descriptor; snapshot: Descriptor }[] = [];
  for await (const { name, target } of openOciStore(client).list({ kind: 'cache', prefix: key })) {
    if (name.key !== key) continue;
    for await (const page of client.tags()) {
      for (const tag of page.filter((each) => each.startsWith('x.'))) {
        const index = await client.manifests.get({ tag });
        if (index !== undefined) found.push({ tag, index: index.descriptor, snapshot: target });
      }
    }
  }
  const [entry] = found;
  if (entry === undefined) throw new Error('nothing was saved');
  return { registry, ...entry, at: `${registry.host}/${REPOSITORY}`, digest: run.outputs['digest'] };
}

function open({ host }: Pick<Registry, 'host'>) {
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  return createRegistry({ host, repository: REPOSITORY, http, clock });
}

describe.each(DIRECTIONS.map(([kind]) => kind))('what was saved in %s', (kind) => {
  let saved: Awaited<ReturnType<typeof save>>;
  beforeAll(async () => {
    saved = await save(kind, 'deps');
  });
  afterAll(() => saved?.registry.stop());

  test('crane finds whole, by the digest of the snapshot and by the tag of its name', async () => {
    const { at, tag, snapshot, index } = saved;
    expect(await crane('digest', `${at}@${snapshot.digest}`)).toBe(snapshot.digest);
    expect(await crane('digest', `${at}:${tag}`)).toBe(index.digest);
    expect(await crane('validate', '--remote', `${at}@${snapshot.digest}`)).toContain('PASS');
    expect(await crane('validate', '--remote', `${at}:${tag}`)).toContain('PASS');
    expect(await crane('manifest', `${at}:${tag}`)).toContain(snapshot.digest);
  });

  test('regctl reads as it was written', async () => {
    const { at, tag, snapshot, index, registry } = saved;
    const read = async (reference: string) =>
      Buffer.from(await regctl([registry.host], 'manifest', 'get', '--format', 'raw-body', reference));
    expect(digestOf(await read(`${at}@${snapshot.digest}`))).toBe(snapshot.digest);
    expect(digestOf(await read(`${at}:${tag}`))).toBe(index.digest);
    expect(await regctl([registry.host], 'manifest', 'head', `${at}:${tag}`)).toBe(index.digest);
  });

  test('skopeo copies to a folder, each part with its digest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-skopeo-'));
    try {
      const { at, snapshot } = saved;
      const from = `docker://${at}@${snapshot.digest}`;
      await skopeo('copy', '--quiet', '--src-tls-verify=false', from, `dir:${folder}`);
      expect(digestOf(readFileSync(join(folder, 'manifest.json')))).toBe(snapshot.digest);
      const blobs = readdirSync(folder).filter((file) => /^[0-9a-f]{64}$/.test(file));
      expect(blobs.length).toBeGreaterThan(4);
      for (const file of blobs) expect(digestOf(readFileSync(join(folder, file)))).toBe(`sha256:${file}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Ways to move a name with all that it means from one place to another. */
const MOVERS: readonly {
  readonly mover: string;
  /** skopeo 1.9 writes an index anew, without the fields that it does not know. */
  readonly keepsIndex: boolean;
  readonly move: (from: string, to: string) => Promise<unknown>;
}[] = [
  {
    mover: 'skopeo copy --all',
    keepsIndex: false,
    move: (from, to) => {
      const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      return skopeo('copy', '--quiet', '--all', ...plain, `docker://${from}`, `docker://${to}`);
    },
  },
  { mover: 'crane copy', keepsIndex: true, move: (from, to) => crane('copy', from, to) },
  {
    mover: 'regctl image copy',
    keepsIndex: true,
    move: (from, to) => regctl([hostOf(from), hostOf(to)], 'image', 'copy', from, to),
  },
];

function hostOf(reference: string): string {
  return reference.slice(0, reference.indexOf('/'));
}

describe.each(DIRECTIONS)('from %s to %s', (from, to) => {
  let saved: Awaited<ReturnType<typeof save>>;
  beforeAll(async () => {
    saved = await save(from, 'deps');
  });
  afterAll(() => saved?.registry.stop());

  async function withTarget(work: (target: Registry, store: string) => Promise<void>): Promise<void> {
    const target = await KINDS[to]();
    try {
      await work(target, `oci://${target.host}/${REPOSITORY}`);
    } finally {
      await target.stop();
    }
  }

  /** Restores into a workspace that is empty, and compares. */
  async function expectRestored(workspace: string, inputs: Readonly<Record<string, string>>, verdict: string) {
    const run = await site.step('restore-cache', inputs, workspace);
    expect(`${told(run)}\n${shown(run)}`).toMatch(new RegExp(`^${verdict}\n`));
    for (const [file, content] of Object.entries(FILES)) {
      expect(readFileSync(join(site.workspace(workspace), 'tree', file)).equals(Buffer.from(content))).toBe(true);
    }
    return run;
  }

  test.each(MOVERS)('$mover keeps the digests, and the entry is restored from there', async (way) => {
    await withTarget(async (target, store) => {
      const { at, tag, index, snapshot } = saved;
      await way.move(`${at}:${tag}`, `${target.host}/${REPOSITORY}:${tag}`);
      const { manifests } = open(target);
      const moved = await manifests.get({ tag });
      expect(moved?.descriptor.mediaType).toBe(index.mediaType);
      if (way.keepsIndex) expect(moved?.descriptor).toEqual(index);
      expect((await manifests.get({ digest: snapshot.digest }))?.raw.byteLength).toBe(snapshot.size);
      expect(await registryProblems(target.host, REPOSITORY)).toEqual([]);
      const run = await expectRestored(`${from} ${way.mover}`, { store, key: 'deps' }, 'exact/');
      expect(run.outputs['digest']).toBe(saved.digest);
    });
  });

  test('crane copies a whole repository, and its entries are found by prefix there', async () => {
    await withTarget(async (target, store) => {
      await crane('copy', '--all-tags', saved.at, `${target.host}/${REPOSITORY}`);
      expect(await registryProblems(target.host, REPOSITORY)).toEqual([]);
      const inputs = { store, key: 'deps-of-tomorrow', 'restore-keys': 'de' };
      await expectRestored(`${from} all`, inputs, 'partial/restore-key');
    });
  });
});
