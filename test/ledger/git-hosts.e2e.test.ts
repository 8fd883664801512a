import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGitRefStore, parseGitRemote } from '@waybill/core/git';
import { createRunProgram } from '@waybill/core/proc';
import { type GitServerOptions, gitEnv, runGit, startGitServer } from '@waybill/testing/git';
import { describeRefStore } from '@waybill/testing/ref-store-suite';

const env = gitEnv();
const run = createRunProgram({ env, platform: process.platform });
const clock = { now: Date.now, sleep: async () => undefined, random: Math.random };

/** A host with the repository `app.git`, and stores over it. */
async function site(options: Omit<GitServerOptions, 'root'> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'git-host-'));
  const path = join(folder, 'app.git');
  runGit(folder, ['init', '-q', '--bare', 'app.git']);
  const server = await startGitServer({ root: folder, ...options });
  const remote = parseGitRemote(`${server.origin}/app.git`, { home: folder, cwd: folder });
  const open = (more: { readonly env?: typeof env } = {}) =>
    openGitRefStore({ remote, workFolder: join(folder, 'work'), env, run, clock, ...more });
  const dispose = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { path, open, dispose };
}

/** As some hosts do: a hook that takes branches and tags alone. */
function refuseCustomRefs(path: string): void {
  const hook = '#!/bin/sh\ncase "$1" in refs/heads/*|refs/tags/*) exit 0;; esac\nexit 1\n';
  writeFileSync(join(path, 'hooks', 'update'), hook, { mode: 0o755 });
}

describeRefStore(
  'git ref store, a host that filters trees',
  async () => {
    const { open, dispose } = await site({ settings: ['uploadpack.allowFilter=true'] });
    return { store: open(), open: async () => open(), dispose };
  },
  { races: 1 },
);

describeRefStore(
  'git ref store, a host that takes branches only, and filters files only',
  async () => {
    const { open, path, dispose } = await site({
      settings: ['uploadpack.allowFilter=true', 'uploadpackfilter.tree.allow=false'],
    });
    refuseCustomRefs(path);
    return { store: open(), open: async () => open(), dispose };
  },
  { races: 1 },
);

describeRefStore(
  'git ref store, a host that filters nothing, and gives nothing by its id',
  async () => {
    const { open, dispose } = await site();
    // Protocol 0 gives what is advertised, and nothing else.
    const old = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' };
    const openOld = () => open({ env: gitEnv(old) });
    return { store: openOld(), open: async () => openOld(), dispose };
  },
  { races: 1 },
);
