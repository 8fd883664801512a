import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findLockfiles, nearestLockfiles, SKIPPED_FOLDERS, topPresets } from './find-lockfiles.ts';
import { presetOfLockfile } from './lockfile-names.ts';

describe('lockfiles', () => {
  let root: string;
  const plant = (...names: readonly string[]): void => {
    for (const name of names) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), name);
    }
  };
  const names = (): readonly string[] => findLockfiles(root).map(({ name }) => name);

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'lockfiles-')));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each([
    ['package-lock.json', 'npm'],
    ['npm-shrinkwrap.json', 'npm'],
    ['yarn.lock', 'yarn'],
    ['pnpm-lock.yaml', 'pnpm'],
    ['bun.lock', 'bun'],
    ['bun.lockb', 'bun'],
    ['requirements.txt', 'pip'],
    ['requirements-dev.txt', 'pip'],
    ['poetry.lock', 'poetry'],
    ['uv.lock', 'uv'],
    ['Pipfile.lock', 'pipenv'],
    ['go.sum', 'go'],
    ['Cargo.lock', 'cargo'],
    ['Gemfile.lock', 'bundler'],
    ['gradle.lockfile', 'gradle'],
    ['build.gradle', 'gradle'],
    ['settings.gradle.kts', 'gradle'],
    ['gradle-wrapper.properties', 'gradle'],
    ['libs.versions.toml', 'gradle'],
    ['pom.xml', 'maven'],
    ['composer.lock', 'composer'],
    ['packages.lock.json', 'nuget'],
    ['package.json', undefined],
    ['my-package-lock.json', undefined],
    ['package-lock.json.bak', undefined],
    ['cargo.lock', undefined],
    ['gradle', undefined],
  ])('a file named %s is one of: %s (S2-14)', (name, preset) => {
    expect(presetOfLockfile(name)).toBe(preset);
  });

  test('are found in every package of a monorepo, sorted (S2-34)', () => {
    plant('packages/web/package-lock.json', 'packages/api/go.sum', 'package-lock.json', 'packages/web/src/index.js');
    expect(names()).toEqual(['package-lock.json', 'packages/api/go.sum', 'packages/web/package-lock.json']);
  });

  test.each(SKIPPED_FOLDERS)('are not looked for in %s, at any depth', (folder) => {
    plant(`${folder}/go.sum`, `a/${folder}/b/go.sum`, `a/${folder}s/go.sum`);
    expect(names()).toEqual([`a/${folder}s/go.sum`]);
  });

  test('may be symlinks to files; folders of that name and symlinks to folders are none', () => {
    plant('real/yarn.lock.txt', 'package-lock.json/inside', 'other/go.sum');
    symlinkSync('real/yarn.lock.txt', path.join(root, 'yarn.lock'));
    symlinkSync('gone', path.join(root, 'Cargo.lock'));
    symlinkSync('other', path.join(root, 'linked'));
    expect(names()).toEqual(['other/go.sum', 'yarn.lock']);
  });

  test('of a workspace that does not exist are none', () => {
    expect(findLockfiles(path.join(root, 'gone'))).toEqual([]);
  });

  test('at the top tell which package managers count', () => {
    plant('package-lock.json', 'requirements.txt', 'examples/go.sum', 'packages/a/package-lock.json');
    expect(topPresets(findLockfiles(root))).toEqual(['npm', 'pip']);
  });

  test('nearest to a folder are those of the first folder upwards that has any', () => {
    plant('package-lock.json', 'go.sum', 'packages/package-lock.json', 'packages/web/src/a.js', 'packages/api/go.sum');
    const nearest = (folder: string, preset?: string): readonly string[] =>
      nearestLockfiles(root, folder, (each) => preset === undefined || each === preset).map(({ name }) => name);
    expect(nearest('packages/web/src')).toEqual(['packages/package-lock.json']);
    expect(nearest('packages/api')).toEqual(['packages/api/go.sum']);
    expect(nearest('packages/api', 'npm')).toEqual(['packages/package-lock.json']);
    expect(nearest('packages/api', 'cargo')).toEqual([]);
    expect(nearest('')).toEqual(['go.sum', 'package-lock.json']);
    expect(nearest('not/there')).toEqual(['go.sum', 'package-lock.json']);
  });
});
