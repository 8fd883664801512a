import { expect, test } from '@jest/globals';
import { openPromotionSite } from './index.ts';

test('a path where nothing stands is no ledger, which is another answer than one that cannot be read', async () => {
  const site = openPromotionSite({
    env: {},
    platform: process.platform,
    home: '/nowhere/home',
    cwd: '/nowhere/work',
    ledger: '/nowhere/ledger.git',
    create: false,
    token: '',
    tokenOrigin: undefined,
    workFolder: '/nowhere/temp',
    insecureHosts: [],
    run: { actor: undefined, repository: undefined, workflow: undefined, runId: undefined, runAttempt: undefined },
    clock: { now: () => 0, random: () => 0, sleep: async () => undefined },
    log: { info: () => undefined, warning: () => undefined },
  });
  try {
    await expect(site.openLedger({})).rejects.toMatchObject({ code: 'LEDGER_MISSING', kind: 'user' });
  } finally {
    site.close();
  }
});
