import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import type { PassedRequest } from '@waybill/testing/fault-proxy';
import { TEST_CERTIFICATE } from '@waybill/testing/tls';
import { createRandom } from '@waybill/testing/trees';
import { FAULTS, type RegistryFault } from '../registries/faults.ts';
import { type FaultyRegistry, startFaultyRegistry, WRITER } from '../registries/faulty-registry.ts';
import { openSite, type Site, shown, stagingFolders, told } from './site.ts';

// The built actions over docker-registry with tokens, where one request goes wrong: each request of a save and of a restore
// meets a fault, and each fault a request of both. Every pair, in one process, is in test/registries/faults.e2e.test.ts.

/** 30 s without a byte are 0.3 s here, 180 s without an answer 1.8 s. */
const TIMER_SCALE = 100;
/** An upload of this size is still under way when it is answered early. */
const LARGE = Buffer.alloc(1_500_000);
createRandom(11).fill(LARGE);

let site: Site;
let world: FaultyRegistry;
let env: Record<string, string>;
let runs = 0;

beforeAll(async () => {
  site = openSite();
  world = await startFaultyRegistry();
  const ca = join(site.base, 'ca.pem');
  writeFileSync(ca, TEST_CERTIFICATE);
  const docker = join(site.base, 'docker');
  mkdirSync(docker);
  const auth = Buffer.from(`${WRITER.username}:${WRITER.password}`).toString('base64');
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths: { [world.proxy.host]: { auth } } }));
  env = { HTTPS_PROXY: world.others.proxy, NODE_EXTRA_CA_CERTS: ca, DOCKER_CONFIG: docker };
  site.plant({ 'a.txt': 'one', 'folder/large.bin': LARGE });
});
afterAll(async () => {
  await world?.stop();
  site?.remove();
});

async function step(action: string, store: string, workspace: string): Promise<StepRun> {
  const job = await site.job({ workspace, env });
  return job.run({ ...site.request(action, { store, key: 'deps' }), timerScale: TIMER_SCALE });
}

const newStore = () => `oci://${world.proxy.host}/octo-org/app-${(runs += 1)}`;
const save = (store: string) => step('save-cache', store, 'app');

/** Restores into a workspace of its own, which must hold all of the tree then, or nothing. */
async function restore(store: string) {
  const workspace = `restored-${(runs += 1)}`;
  const run = await step('restore-cache', store, workspace);
  const tree = join(site.workspace(workspace), 'tree');
  expect(stagingFolders(site.workspace(workspace))).toEqual([]);
  if (!existsSync(tree)) return { run, stands: 'nothing' };
  expect(readFileSync(join(tree, 'a.txt'), 'utf8')).toBe('one');
  expect(readFileSync(join(tree, 'folder', 'large.bin')).equals(LARGE)).toBe(true);
  return { run, stands: 'the tree' };
}

function expectGoesOn(run: StepRun, healed: boolean, verdict: string): void {
  const all = `${told(run)}\n${shown(run)}`;
  const warnings = run.annotations.filter(({ level }) => level === 'warning').length;
  expect(run.outcome === 'success' ? 'success' : all).toBe('success');
  if (healed || told(run) === verdict) expect([all.split('\n')[0], warnings, all]).toEqual([verdict, 0, all]);
  else expect([warnings, all]).toEqual([1, all]);
  expect(all).not.toContain(WRITER.password);
  expect(world.leaks()).toEqual([]);
}

/** One fault for each request, and one request for each fault. */
function pairs(requests: readonly PassedRequest[]): readonly (readonly [RegistryFault, number])[] {
  const count = Math.max(requests.length, FAULTS.length);
  return Array.from({ length: count }, (_, n) => {
    const fault = FAULTS[n % FAULTS.length];
    if (fault === undefined) throw new Error('no fault');
    return [fault, n % requests.length];
  });
}

function meet({ fault, heals }: RegistryFault, at: number, requests: readonly PassedRequest[]) {
  const request = requests[at];
  if (request === undefined) throw new Error('no request');
  world.proxy.arm({ at, fault: fault(world.proxy.host) });
  return { healed: heals(request, requests[at - 1]), what: `${request.method} ${request.path}` };
}

describe('each request that goes wrong', () => {
  test('of save-cache: the job goes on, and the entry is there whole or not at all', async () => {
    world.proxy.arm();
    expect(told(await save(newStore()))).toBe('new/');
    const clean = [...world.proxy.requests];
    expect(clean.length).toBeGreaterThan(FAULTS.length);
    for (const [fault, at] of pairs(clean)) {
      const store = newStore();
      const { healed, what } = meet(fault, at, clean);
      const run = await save(store);
      try {
        expectGoesOn(run, healed, 'new/');
        world.proxy.arm();
        const after = await restore(store);
        const found = `${told(after.run)} ${after.stands}`;
        expect(told(run) === 'new/' ? ['exact/ the tree'] : ['exact/ the tree', 'miss/no-entry nothing']).toContain(
          found,
        );
      } catch (cause) {
        throw new Error(`${fault.name} at request ${at}, ${what}`, { cause });
      }
    }
  });

  test('of restore-cache: the job goes on, and the tree stands whole or nothing of it', async () => {
    const saved = async () => {
      world.proxy.arm();
      const store = newStore();
      expect(told(await save(store))).toBe('new/');
      return store;
    };
    let store = await saved();
    world.proxy.arm();
    expect((await restore(store)).stands).toBe('the tree');
    const clean = [...world.proxy.requests];
    for (const [fault, at] of pairs(clean)) {
      const { healed, what } = meet(fault, at, clean);
      const { run, stands } = await restore(store);
      try {
        expectGoesOn(run, healed, 'exact/');
        expect(stands).toBe(told(run) === 'exact/' ? 'the tree' : 'nothing');
      } catch (cause) {
        throw new Error(`${fault.name} at request ${at}, ${what}`, { cause });
      }
      // What was found broken is taken out of the registry.
      if (told(run) !== 'exact/') store = await saved();
    }
  });
});
