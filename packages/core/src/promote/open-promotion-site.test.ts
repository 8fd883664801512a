import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { CONFIG_DEFAULT, openRepositories } from '../repository/index.ts';
import { openPromotionSite } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promotion-site-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openAt(ledger: string) {
  const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
  const machine = { env: gitEnv(), platform: process.platform, home: folder, cwd: folder, token: '', clock };
  return openPromotionSite({
    ...machine,
    repositories: openRepositories({ ...machine, workFolder: join(folder, 'clones') }),
    ledger,
    create: false,
    config: CONFIG_DEFAULT,
    insecureHosts: [],
    run: {
      ref: undefined,
      actor: undefined,
      repository: undefined,
      workflow: undefined,
      runId: undefined,
      runAttempt: undefined,
    },
    log: { info: () => undefined, notice: () => undefined, warning: () => undefined },
  });
}

test('a path where nothing stands is no ledger, which is another answer than one that cannot be read', async () => {
  const site = openAt(join(folder, 'nothing.git'));
  await expect(site.openLedger({})).rejects.toMatchObject({ code: 'LEDGER_MISSING', kind: 'user' });
  site.close();
});

test('a configuration that is not UTF-8 is refused, not read as something near', async () => {
  const path = join(folder, 'sources');
  runGit(folder, ['init', '--quiet', '--initial-branch=main', path]);
  mkdirSync(join(path, '.github'));
  writeFileSync(join(path, '.github', 'waybill.yml'), Buffer.from('version: 1 # caf\xe9\n', 'latin1'));
  runGit(path, ['add', '.']);
  runGit(path, ['commit', '--quiet', '--message', 'a configuration']);
  const site = openAt(path);
  await expect(site.openLedger({})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('is not UTF-8'),
  });
  site.close();
});
