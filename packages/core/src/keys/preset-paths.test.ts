import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fakeTools, type ToolAnswer } from '@waybill/testing/tools';
import { parsePaths } from '../paths/index.ts';
import { findPresetPaths, type PresetPaths } from './preset-paths.ts';
import { PRESET_NAMES, type PresetName } from './presets.ts';

/** What the tools said on a Debian machine. */
const ANSWERS: Readonly<Record<string, ToolAnswer>> = {
  'npm config get cache': '/home/mona/.npm\n',
  'pnpm store path': '/home/mona/.local/share/pnpm/store/v3\n',
  'yarn config get cacheFolder': '/home/mona/.yarn/berry/cache\n',
  'bun pm cache': '/home/mona/.bun/install/cache',
  'go env GOMODCACHE': '/home/mona/go/pkg/mod\n',
  'go env GOCACHE': '/home/mona/.cache/go-build\n',
  'pip cache dir': '/home/mona/.cache/pip\n',
  'poetry config cache-dir': '/home/mona/.cache/pypoetry\n',
  'uv cache dir': '/home/mona/.cache/uv\n',
  'composer config --global cache-files-dir': '/home/mona/.cache/composer/files\n',
  'dotnet nuget locals global-packages --list --force-english-output': 'global-packages: /home/mona/.nuget/packages/\n',
};

describe('the paths of a preset', () => {
  let root: string;
  const find = (
    preset: PresetName,
    answers: Readonly<Record<string, ToolAnswer>>,
    { platform = 'linux', env = {} }: { platform?: NodeJS.Platform; env?: Record<string, string> } = {},
  ): Promise<PresetPaths> => {
    const home = platform === 'win32' ? 'C:\\Users\\mona' : '/home/mona';
    const context = { workspace: platform === 'win32' ? 'D:\\a\\app\\app' : root, home, platform };
    const request = { repository: undefined, platform: 'x', auto: false, preset, from: [], context };
    return findPresetPaths(request, { runTool: fakeTools(answers).runTool, env });
  };

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'preset-')));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each<readonly [PresetName, readonly string[]]>([
    ['npm', ['/home/mona/.npm/_cacache']],
    ['pnpm', ['/home/mona/.local/share/pnpm/store/v3']],
    ['yarn', ['/home/mona/.yarn/berry/cache']],
    ['bun', ['/home/mona/.bun/install/cache']],
    ['go', ['/home/mona/go/pkg/mod', '/home/mona/.cache/go-build']],
    ['cargo', ['~/.cargo/registry/index', '~/.cargo/registry/cache', '~/.cargo/git/db', 'target']],
    ['pip', ['/home/mona/.cache/pip']],
    ['pipenv', ['~/.cache/pipenv']],
    ['poetry', ['/home/mona/.cache/pypoetry/cache', '/home/mona/.cache/pypoetry/artifacts']],
    ['uv', ['/home/mona/.cache/uv']],
    ['gradle', ['~/.gradle/caches', '~/.gradle/wrapper']],
    ['maven', ['~/.m2/repository']],
    ['bundler', ['vendor/bundle']],
    ['composer', ['/home/mona/.cache/composer/files']],
    ['nuget', ['/home/mona/.nuget/packages/']],
  ])('%s are %j where its tool answers', async (preset, lines) => {
    expect(await find(preset, ANSWERS)).toEqual({ lines, notes: [] });
  });

  test('are those of Yarn 1 where it does not know what its successors know', async () => {
    const answers = { 'yarn config get cacheFolder': 'undefined\n', 'yarn cache dir': '/home/mona/.cache/yarn/v6\n' };
    expect(await find('yarn', answers)).toEqual({ lines: ['/home/mona/.cache/yarn/v6'], notes: [] });
  });

  test.each(PRESET_NAMES)('%s have a default on every platform, which `path` takes', async (preset) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const { lines } = await find(preset, {}, { platform });
      const windows = platform === 'win32';
      const context = {
        workspace: windows ? 'D:\\a' : '/work',
        home: windows ? 'C:\\Users\\mona' : '/home/mona',
        platform,
      };
      expect(parsePaths(lines, context).roots.map(({ name }) => name)).toEqual([...lines].sort());
    }
  });

  test('are the default where the tool is missing, and a note says so', async () => {
    expect(await find('npm', {})).toEqual({
      lines: ['~/.npm/_cacache'],
      notes: ['there is no `npm` on PATH: the default counts, ~/.npm'],
    });
  });

  test.each(['', 'undefined\n', '.cache\n', 'warning: no home\n'])(
    'are the default where the tool answers %j',
    async (answer) => {
      const { lines, notes } = await find('npm', { 'npm config get cache': answer });
      expect(lines).toEqual(['~/.npm/_cacache']);
      expect(notes).toEqual(['`npm config get cache` did not answer with a folder: the default counts, ~/.npm']);
    },
  );

  test('are where a variable moved them, for tools that cannot be asked', async () => {
    const env = { CARGO_HOME: '/opt/cargo', CARGO_TARGET_DIR: 'out' };
    expect((await find('cargo', {}, { env })).lines).toEqual([
      '/opt/cargo/registry/index',
      '/opt/cargo/registry/cache',
      '/opt/cargo/git/db',
      'out',
    ]);
  });

  test('in the workspace lie beside the lockfile', async () => {
    mkdirSync(path.join(root, 'crates', 'core'), { recursive: true });
    writeFileSync(path.join(root, 'crates', 'core', 'Cargo.lock'), '');
    expect((await find('cargo', {})).lines.at(-1)).toBe('crates/core/target');
  });

  test('are never read as wildcards', async () => {
    const { lines } = await find('npm', { 'npm config get cache': '/home/mona/[odd] *?\\\n' });
    const { roots } = parsePaths(lines, { workspace: root, home: '/home/mona', platform: 'linux' });
    expect(roots.map(({ dir }) => dir)).toEqual(['/home/mona/[odd] *?\\/_cacache']);
  });

  test('of Windows are taken as Windows spells them', async () => {
    const answers = { 'npm config get cache': 'C:\\Users\\mona\\AppData\\Local\\npm-cache\r\n' };
    const { lines } = await find('npm', answers, { platform: 'win32' });
    const context = { workspace: 'D:\\a\\app\\app', home: 'C:\\Users\\mona', platform: 'win32' as const };
    expect(parsePaths(lines, context).patterns).toEqual(['~/AppData/Local/npm-cache/_cacache']);
  });
});
