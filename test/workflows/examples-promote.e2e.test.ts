import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '@waybill/core/oci';
import { stringify } from 'yaml';
import { openYard, type Yard } from '../promote/yard.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { fillWorkflow } from './readme-examples.ts';
import { ROOT } from './released.ts';

const EXAMPLES = join(ROOT, 'examples', 'promote');

describe('examples/promote, started by hand', () => {
  let site: ActSite;
  let yard: Yard;
  let registry: Registry;
  let image: string;
  let first: Digest;
  let second: Digest;

  beforeAll(async () => {
    site = openActSite();
    yard = openYard();
    registry = await startDockerRegistry();
    image = `${registry.host}/octo-org/app`;
    const repository = yard.open(registry.host, 'octo-org/app');
    const push = async (note: string) => (await yard.push(repository, note, yard.commit(note))).root.descriptor.digest;
    [first, second] = [await push('first'), await push('second')];
  });
  afterAll(async () => {
    await registry?.stop();
    yard?.remove();
    site?.remove();
  });

  async function start(name: string, digest: Digest): Promise<ActRun> {
    const text = readFileSync(join(EXAMPLES, `${name}.yml`), 'utf8');
    const repository = join(site.base, name);
    const folder = join(repository, '.github', 'workflows');
    mkdirSync(folder, { recursive: true });
    const workflow = fillWorkflow(text, { image, ledger: `git:${yard.sources}` });
    writeFileSync(join(folder, `${name}.yml`), stringify(workflow));
    return site.run({ repository, event: 'workflow_dispatch', payload: { inputs: { digest } } });
  }

  function expectGreen(run: ActRun, ...names: readonly string[]): void {
    const red = names.map((name) => run.job(name)).filter(({ result }) => result !== 'success');
    expect(red.map(showJob).join('\n')).toBe('');
  }

  test('are all run here', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual(['environments.yml', 'rollback.yml']);
  });

  test('environments.yml brings a digest to production; rollback.yml takes production back', async () => {
    for (const digest of [first, second]) {
      const run = await start('environments', digest);
      expectGreen(run, 'promote/staging', 'promote/production');
      expect(run.step('promote/production', 'plan').outputs).toMatchObject({ promoted: 'false' });
      const { outputs } = run.step('promote/production', 'promote');
      expect(outputs).toMatchObject({ promoted: 'true', reference: `${image}:production@${digest}` });
      expect(run.step('promote/production', '2').log).toContain(`deploy ${outputs['reference']}`);
    }
    const back = await start('rollback', second);
    expectGreen(back, 'rollback/rollback');
    expect(back.step('rollback/rollback', '0').outputs).toMatchObject({ digest: first, 'previous-digest': second });
    const { ledger } = await yard.ledger();
    expect((await ledger.channels.tip(image, 'production'))?.record).toMatchObject({ sequence: 3, digest: first });
  });
});
