import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LinkShape } from '@waybill/testing/fault-proxy';
import type { Contender, Run } from './contender.ts';
import { folderBytes } from './folder-bytes.ts';
import { openGate } from './gate.ts';
import { NAMES_SOURCE, type Peer } from './peer.ts';
import { startPeerService, startRegistryService } from './services.ts';
import type { MeasuredStep, Yard } from './yard.ts';

const clean = (path: string) => rm(path, { recursive: true, force: true });

/** Our actions with a folder as the store. */
export function createOursWithFolder(root: string, yard: Yard): Contender {
  const store = join(yard.base, 'store');
  return {
    ...createOurs('waybill, dir:', root, yard, () => `dir:${store}`, { reset: () => clean(store) }),
    stored: () => folderBytes(store),
    stop: async () => undefined,
  };
}

/** Our actions with a registry on loopback as the store, which they reach over a link of that shape. */
export async function createOursWithRegistry(
  root: string,
  yard: Yard,
  shape: LinkShape | undefined,
): Promise<Contender> {
  const registry = await startRegistryService(join(yard.base, 'registry'));
  const gate = await openGate(registry.host, shape);
  return {
    ...createOurs('waybill, oci:', root, yard, () => `oci://${gate.host}/octo-org/app-cache`, registry),
    gate,
    stored: registry.stored,
    stop: async () => {
      await gate.stop();
      await registry.stop();
    },
  };
}

function createOurs(
  name: string,
  root: string,
  yard: Yard,
  store: () => string,
  service: { reset(): Promise<void> },
): Omit<Contender, 'stored' | 'stop'> {
  const base = join(yard.base, name.replace(/\W+/g, '-'));
  const saver = { root, workspace: yard.source, home: join(base, 'saver') };
  const restorer = { root, workspace: join(base, 'place'), home: join(base, 'restorer') };
  const step = async (
    place: typeof saver,
    action: string,
    { key, nodeOptions = [] }: Run,
    results: string,
    more = {},
  ) => {
    const inputs = { path: 'node_modules', store: store(), key, ...more };
    const measured = await yard.step(place, { action, with: inputs, nodeOptions });
    const { outcome, outputs } = measured.run;
    const result = outputs['result'] ?? 'unset';
    if (outcome === 'success' && results.split(' ').includes(result)) return measured.sample;
    throw unexpected(`${name}: ${action}`, `${result} ${outputs['reason'] ?? ''}`, results, measured);
  };
  return {
    name,
    ours: true,
    save: (run) => step(saver, 'save-cache', run, 'new delta'),
    restorePartly: async ({ older, ...run }) => {
      await step(saver, 'restore-cache', run, 'partial', { 'restore-keys': older });
    },
    restore: (run) => step(restorer, 'restore-cache', run, 'exact'),
    miss: (run) => step(restorer, 'restore-cache', run, 'miss'),
    reset: async () => {
      await service.reset();
      await clean(base);
    },
    clearPlace: async () => {
      await clean(restorer.workspace);
      await clean(restorer.home);
    },
  };
}

/** The actions of the peer, against a cache service of the bench's that they reach over a link of that shape. */
export async function createPeer(peer: Peer, yard: Yard, shape: LinkShape | undefined): Promise<Contender> {
  const base = join(yard.base, 'peer');
  const names = join(yard.base, 'names.cjs');
  await writeFile(names, NAMES_SOURCE);
  const service = await startPeerService(join(yard.base, 'service'));
  const gate = await openGate(service.host, shape);
  const saver = { root: peer.folder, workspace: yard.source, home: join(base, 'home') };
  const restorer = { ...saver, workspace: join(base, 'place') };
  const step = (place: typeof saver, action: 'save' | 'restore', inputs: Record<string, string>) =>
    yard.step(place, {
      action: `./${action}`,
      with: { path: 'node_modules', ...inputs },
      env: service.env(gate.host),
      nodeOptions: ['--require', names],
    });
  const restore = async (key: string, expected: string) => {
    const measured = await step(restorer, 'restore', { key });
    const { outcome, outputs, annotations } = measured.run;
    const found = outputs['cache-matched-key'] ?? 'nothing';
    // It makes a warning of all that goes wrong, and then looks as if nothing had been there.
    if (outcome === 'success' && annotations.length === 0 && found === expected) return measured.sample;
    throw unexpected('peer: restore', found, expected, measured);
  };
  return {
    name: 'peer',
    ours: false,
    gate,
    save: async ({ key }) => {
      const measured = await step(saver, 'save', { key });
      if (measured.run.outcome === 'success' && service.has(key)) return measured.sample;
      throw unexpected('peer: save', 'no entry', `an entry ${key}`, measured);
    },
    // No partial restore: it would write all files of the source anew, under the eyes of the others, and its saves are no other for it.
    restore: ({ key }) => restore(key, key),
    miss: ({ key }) => restore(key, 'nothing'),
    stored: service.stored,
    reset: service.reset,
    clearPlace: () => clean(restorer.workspace),
    stop: async () => {
      await gate.stop();
      await service.stop();
    },
  };
}

/** A pipe of the system's tools, to a file and back: no service, no look-up. `zstd` is the options of its compressor. */
export function createPipe(yard: Yard, zstd: string): Contender {
  const archives = join(yard.base, 'archives');
  const place = join(yard.base, 'pipe');
  const shell = async (script: string, ...args: string[]) => {
    for (const folder of [archives, place]) await mkdir(folder, { recursive: true });
    return yard.command(['bash', '-o', 'pipefail', '-c', script, ...args]);
  };
  return {
    name: 'tar and zstd',
    ours: false,
    save: ({ key }) =>
      shell(`tar --posix -cf - node_modules | zstd -q -f ${zstd} -o "$0"`, join(archives, `${key}.tzst`)),
    restore: ({ key }) => shell('zstd -qd --long=30 -c "$0" | tar -xf - -C "$1"', join(archives, `${key}.tzst`), place),
    stored: () => folderBytes(archives),
    reset: () => clean(archives),
    clearPlace: () => clean(place),
    stop: async () => undefined,
  };
}

/** `cp -a`: what making the files costs. */
export function createCopy(yard: Yard): Contender {
  const place = join(yard.base, 'copy');
  const copy = async () => {
    await mkdir(place, { recursive: true });
    return yard.command(['cp', '-a', 'node_modules', place]);
  };
  return {
    name: 'cp -a',
    ours: false,
    restore: copy,
    stored: () => 0,
    reset: async () => undefined,
    clearPlace: () => clean(place),
    stop: async () => undefined,
  };
}

/** A bare Node: what starting costs. */
export function createBareNode(yard: Yard): Contender {
  return {
    name: 'node -e 0',
    ours: false,
    miss: () => yard.command([process.execPath, '-e', '0']),
    stored: () => 0,
    reset: async () => undefined,
    clearPlace: async () => undefined,
    stop: async () => undefined,
  };
}

function unexpected(what: string, found: string, expected: string, { run }: MeasuredStep): Error {
  return new Error(`${what}: ${run.outcome}, ${found.trim()}; expected ${expected}.\n${run.stdout}${run.stderr}`);
}
