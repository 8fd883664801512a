import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fakeTools } from '@waybill/testing/tools';
import { deriveKey } from './derive-key.ts';
import type { KeyRequest } from './key-request.ts';
import { PRESET_NAMES, type PresetName } from './presets.ts';

const LOCKFILES = path.resolve(import.meta.dirname, '../../../../test/keys/lockfiles');

const TOOLS = {
  'node --version': 'v20.20.2\n',
  'pnpm --version': '9.15.9\n',
  'yarn --version': '4.18.1\n',
  'bun --version': '1.4.5\n',
  'go env GOVERSION': 'go1.26.8\n',
  'rustc -vV': 'release: 1.95.0\n',
  'python --version': 'Python 3.11.7\n',
  'uv --version': 'uv 0.13.9 (x86_64-unknown-linux-gnu)\n',
  'java -version': { stdout: '', stderr: 'openjdk version "17.0.15" 2025-04-15\n' },
  'ruby --version': 'ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]\n',
  'php --version': 'PHP 8.2.29 (cli) (built: Jul  3 2025 16:29:02) (NTS)\n',
  'dotnet --version': '8.0.404\n',
};

/** Folder, preset, tools asked, and the key: the same on every machine and in every version of this format. */
const KEYS: readonly (readonly [string, PresetName, readonly string[], string])[] = [
  [
    'bun',
    'bun',
    ['bun --version'],
    'deps:octo-org/app:linux-x64:bun-1.4:bun.lock:374c775d80ebb025323cfd71a5f92122feb155977d7c8aefadab2f236ca0bfbc',
  ],
  [
    'bundler',
    'bundler',
    ['ruby --version'],
    'deps:octo-org/app:linux-x64:ruby-3.2:Gemfile.lock:7cc2b5de7a91010cdbba9f8d387b84705fa67890a0acd73b5f5da42a8cc967e2',
  ],
  [
    'cargo',
    'cargo',
    ['rustc -vV'],
    'deps:octo-org/app:linux-x64:rustc-1.95.0:Cargo.lock:a5473f41a0aeaae7a8ff0be09ee28fe7e92918807001dfd8ea10cf523abf01c7',
  ],
  [
    'composer',
    'composer',
    ['php --version'],
    'deps:octo-org/app:linux-x64:php-8.2:composer.lock:fcfdb16c99a1bd8a9189822aac8b88b6a10ec29d0c47014b941a8cf5463fcb24',
  ],
  [
    'go',
    'go',
    ['go env GOVERSION'],
    'deps:octo-org/app:linux-x64:go-1.26.8:go.sum:6568b3cbe29ce727e10a363e48ad56375fa2e977006a81e8eb161511fc18a9cb',
  ],
  [
    'gradle',
    'gradle',
    ['java -version'],
    'deps:octo-org/app:linux-x64:java-17:5-lockfiles-8caf2edcad9f:7e710b6dd85f7ce1a4b2bc105f4cbe30d5308e438104f20b81db46d5b833bc8d',
  ],
  [
    'maven',
    'maven',
    ['java -version'],
    'deps:octo-org/app:linux-x64:java-17:pom.xml:260795076a60ccf1eee88ad3e05efadecc169ddf5c595973242bbf7a2f2aa45c',
  ],
  [
    'npm',
    'npm',
    ['node --version'],
    'deps:octo-org/app:linux-x64:node-20:package-lock.json:0a24f9069b6d8b263c3a70e0539a7071925a60147242ed7f41682ec8fca985dd',
  ],
  [
    'nuget',
    'nuget',
    ['dotnet --version'],
    'deps:octo-org/app:linux-x64:dotnet-8.0:packages.lock.json:be01d2977918e81bdeb98f51fb66f6ad4cd010f0fa86fb2649f502dd26d99bcb',
  ],
  [
    'pip',
    'pip',
    ['python --version'],
    'deps:octo-org/app:linux-x64:python-3.11:requirements.txt:7e920a2b49cda1d6228937295383afc62133550dab316154e8a7b3ac75beaf3e',
  ],
  [
    'pipenv',
    'pipenv',
    ['python --version'],
    'deps:octo-org/app:linux-x64:python-3.11:Pipfile.lock:8e7c85988748fdacd8a1bf88032520261a85c2511263bdf519f79179ec03f6a6',
  ],
  [
    'pnpm',
    'pnpm',
    ['node --version', 'pnpm --version'],
    'deps:octo-org/app:linux-x64:node-20+pnpm-9:pnpm-lock.yaml:38b3536bdcfc816e33e13743d6cf752e081ce7d4fa4e727d68e20db07c2d6b32',
  ],
  [
    'poetry',
    'poetry',
    ['python --version'],
    'deps:octo-org/app:linux-x64:python-3.11:poetry.lock:7ab31b0f78f8ef14911cb28237c3d7bb928494a45846145fb589c2acd482ba79',
  ],
  [
    'uv',
    'uv',
    ['uv --version'],
    'deps:octo-org/app:linux-x64:uv-0.13:uv.lock:3b55c81710d8910e04739e8441335a5647ecd9b5c0614e45b3e8b6a55f97e426',
  ],
  [
    'yarn-1',
    'yarn',
    ['node --version', 'yarn --version'],
    'deps:octo-org/app:linux-x64:node-20+yarn-4:yarn.lock:d52da4b17e4101ff609f5824bc4a1115b1a7ebccd8be26b8fe4fa9a073dbe569',
  ],
  [
    'yarn-berry',
    'yarn',
    ['node --version', 'yarn --version'],
    'deps:octo-org/app:linux-x64:node-20+yarn-4:yarn.lock:d924c95d44a1663a5e899b4b9b9f5d6ac0894e0192ad5e203c99b06300a3cfd3',
  ],
];

const request = (workspace: string, more: Partial<KeyRequest> = {}): KeyRequest => ({
  repository: 'octo-org/app',
  platform: 'linux-x64',
  auto: true,
  preset: undefined,
  from: [],
  context: { workspace, home: '/home/mona', platform: 'linux' },
  ...more,
});

describe('lockfiles as the tools write them', () => {
  let root: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'keys-')));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each(KEYS)('%s: found by `auto` and by the preset %s, with %j asked', async (folder, preset, asked, key) => {
    for (const more of [{}, { auto: false, preset }]) {
      const tools = fakeTools(TOOLS);
      const derived = await deriveKey(request(path.join(LOCKFILES, folder), more), { runTool: tools.runTool, env: {} });
      expect(derived.key).toBe(key);
      expect(tools.asked()).toEqual(asked);
    }
  });

  test.each(KEYS)(
    '%s: the same key from a checkout elsewhere, made in another order, after a build',
    async (folder, _, __, key) => {
      const workspace = path.join(root, 'work', 'app');
      mkdirSync(workspace, { recursive: true });
      const entries = readdirSync(path.join(LOCKFILES, folder), { recursive: true, encoding: 'utf8' });
      for (const entry of entries.toReversed()) {
        cpSync(path.join(LOCKFILES, folder, entry), path.join(workspace, entry), { recursive: true });
      }
      for (const built of ['node_modules/left', 'vendor/bundle/left', 'target/package', 'build/libs', '.venv/lib']) {
        mkdirSync(path.join(workspace, built), { recursive: true });
        for (const name of [
          'package-lock.json',
          'Gemfile.lock',
          'Cargo.lock',
          'go.sum',
          'build.gradle',
          'requirements.txt',
        ])
          writeFileSync(path.join(workspace, built, name), 'of a dependency');
      }
      const derived = await deriveKey(request(workspace), { runTool: fakeTools(TOOLS).runTool, env: {} });
      expect(derived.key).toBe(key);
    },
  );

  test('are here for every preset', () => {
    expect([...new Set(KEYS.map(([, preset]) => preset))].sort()).toEqual(PRESET_NAMES);
  });
});
