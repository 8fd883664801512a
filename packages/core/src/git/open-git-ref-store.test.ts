import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRefStore } from '@waybill/testing/ref-store-suite';
import { sleep } from '../async/index.ts';
import { createRunProgram } from '../proc/index.ts';
import { openGitRefStore } from './open-git-ref-store.ts';

const env = process.env;
const run = createRunProgram({ env, platform: process.platform });
const clock = { now: Date.now, sleep, random: Math.random };

describeRefStore(
  'git ref store, a bare repository made on first write',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'git-ref-store-'));
    const remote = { kind: 'path', path: join(folder, 'ledger.git') } as const;
    const open = () => openGitRefStore({ remote, workFolder: join(folder, 'work'), env, run, clock, create: true });
    return {
      store: open(),
      open: async () => open(),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
  { races: 3 },
);
