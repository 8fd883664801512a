import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRunTool } from '../../proc/index.ts';
import type { BuildSource, Identity } from './build-source.ts';
import { readIdentity } from './read-identity.ts';

let work: string;
let top: string;

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'waybill-identity-'));
  top = repository('app');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function repository(name: string): string {
  const folder = join(work, name);
  write(folder, {
    Dockerfile: 'FROM scratch\nCOPY . /\n',
    'src/main.c': 'int main;\n',
    '.gitignore': 'dist/\n*.log\n',
  });
  git(folder, 'init', '-q', '-b', 'main');
  commit(folder);
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function git(folder: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

function commit(folder: string): string {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'change', '--date=2026-01-01T00:00:00Z');
  return git(folder, 'rev-parse', 'HEAD');
}

function identify(changes: Partial<BuildSource> = {}): Promise<Identity> {
  const runTool = createRunTool({ env: process.env, platform: process.platform });
  const source: BuildSource = {
    image: 'ghcr.io/octo-org/app',
    workspace: top,
    context: top,
    file: undefined,
    target: '',
    platforms: [],
    nativePlatform: 'linux/amd64',
    buildArgs: new Map(),
    buildContexts: new Map(),
    by: 'commit',
    inputs: [],
    scope: '',
    ...changes,
  };
  return readIdentity(source, { runTool });
}

const textOf = async (changes: Partial<BuildSource> = {}): Promise<string> => (await identify(changes)).text;

describe('the identity of a build', () => {
  test('names the commit that is checked out, and is the same in another clone', async () => {
    const first = await identify();
    expect(first).toMatchObject({ kind: 'commit', commit: git(top, 'rev-parse', 'HEAD'), ignored: { files: 0 } });
    expect(first.text).toMatch(/^[0-9a-f]{64}$/);
    const other = join(work, 'elsewhere');
    git(work, 'clone', '-q', top, other);
    expect(await textOf({ workspace: other, context: other })).toBe(first.text);
  });

  test('is another for every parameter that makes another image', async () => {
    const variants: readonly Partial<BuildSource>[] = [
      {},
      { image: 'ghcr.io/octo-org/other' },
      { scope: 'refs/pull/1/merge' },
      { target: 'test' },
      { platforms: ['linux/arm64'] },
      { platforms: ['linux/amd64', 'linux/arm64'] },
      { buildArgs: new Map([['A', '1']]) },
      { buildArgs: new Map([['A', '2']]) },
      { buildArgs: new Map([['A', undefined]]) },
      { buildArgs: new Map([['A', 'unset']]) },
      { buildArgs: new Map([['A', '']]) },
      { buildContexts: new Map([['base', 'docker-image://alpine']]) },
      { buildContexts: new Map([['base', 'src']]) },
      { by: 'tree' },
      { by: 'inputs', inputs: ['a'] },
      { by: 'inputs', inputs: ['a', 'b'] },
    ];
    const texts = await Promise.all(variants.map((each) => textOf(each)));
    expect(new Set(texts).size).toBe(variants.length);
  });

  test('does not depend on the order and spelling of platforms, nor on the order of arguments', async () => {
    const one = await textOf({
      platforms: ['linux/amd64', 'linux/arm64'],
      buildArgs: new Map([
        ['A', '1'],
        ['B', '2'],
      ]),
    });
    const two = await textOf({
      platforms: ['linux/arm64/v8', 'linux/amd64', 'linux/amd64'],
      buildArgs: new Map([
        ['B', '2'],
        ['A', '1'],
      ]),
    });
    expect(two).toBe(one);
    expect(await textOf({ platforms: ['linux/amd64'] })).toBe(await textOf());
  });

  test('counts files that git ignores and docker lets in: their paths, modes and contents, not their times', async () => {
    const bare = await textOf();
    write(top, { 'dist/app.js': '1' });
    const first = await identify();
    expect(first.ignored).toEqual({ files: 1, bytes: 1, sample: ['dist/app.js'] });
    expect(first.text).not.toBe(bare);
    utimesSync(join(top, 'dist/app.js'), 1, 1);
    expect(await textOf()).toBe(first.text);
    chmodSync(join(top, 'dist/app.js'), 0o755);
    const executable = await textOf();
    write(top, { 'dist/app.js': '2' });
    const changed = await textOf();
    rmSync(join(top, 'dist/app.js'));
    symlinkSync('2', join(top, 'dist/app.js'));
    expect(new Set([bare, first.text, executable, changed, await textOf()]).size).toBe(5);
  });

  test('leaves out what .dockerignore leaves out', async () => {
    write(top, { '.dockerignore': 'dist\n' });
    commit(top);
    const before = await textOf();
    write(top, { 'dist/app.js': '1' });
    expect(await textOf()).toBe(before);
  });

  test("a Dockerfile's own .dockerignore counts before that of the context", async () => {
    write(top, { '.dockerignore': 'dist\n', 'Dockerfile.dockerignore': '# nothing\n' });
    commit(top);
    const before = await textOf();
    write(top, { 'dist/app.js': '1' });
    expect(await textOf()).not.toBe(before);
  });

  test('refuses a changed file, and an untracked one that neither git nor docker ignores', async () => {
    appendFileSync(join(top, 'src/main.c'), '//');
    write(top, { 'notes.txt': 'x' });
    await expect(identify()).rejects.toMatchObject({
      code: 'CONTEXT_DIRTY',
      kind: 'user',
      message: expect.stringContaining('src/main.c, notes.txt are changed or untracked'),
    });
    git(top, 'checkout', '-q', 'src/main.c');
    write(top, { 'notes.log': 'ignored by git' });
    await expect(identify()).rejects.toThrow('notes.txt is changed or untracked');
    rmSync(join(top, 'notes.txt'));
    await expect(identify()).resolves.toMatchObject({ ignored: { files: 1 } });
  });

  test('does not mind what docker does not see', async () => {
    write(top, { '.dockerignore': '**/*.md\n', 'a.md': '1' });
    commit(top);
    const before = await textOf();
    write(top, { 'a.md': '2', 'b.md': 'untracked' });
    expect(await textOf()).toBe(before);
  });

  test('refuses a changed Dockerfile outside of the context', async () => {
    write(top, { 'docker/app.Dockerfile': 'FROM scratch\n' });
    commit(top);
    const changes = { context: join(top, 'src'), file: join(top, 'docker/app.Dockerfile') };
    await expect(identify(changes)).resolves.toMatchObject({ kind: 'commit' });
    appendFileSync(join(top, 'docker/app.Dockerfile'), 'LABEL a=b\n');
    await expect(identify(changes)).rejects.toThrow('docker/app.Dockerfile is changed or untracked');
  });

  test('a context in a folder minds that folder alone', async () => {
    write(top, { 'app/Dockerfile': 'FROM scratch\n', 'app/a': '1' });
    commit(top);
    appendFileSync(join(top, 'src/main.c'), '//');
    await expect(identify({ context: join(top, 'app') })).resolves.toMatchObject({ kind: 'commit' });
  });

  test('by tree: another commit with the same tree of the context is the same', async () => {
    write(top, { 'app/Dockerfile': 'FROM scratch\n', 'app/a': '1' });
    commit(top);
    const context = join(top, 'app');
    const before = await textOf({ context, by: 'tree' });
    write(top, { 'src/main.c': 'other\n' });
    commit(top);
    expect(await textOf({ context, by: 'tree' })).toBe(before);
    write(top, { 'app/a': '2' });
    commit(top);
    expect(await textOf({ context, by: 'tree' })).not.toBe(before);
  });

  test('by tree: a Dockerfile and a build context outside of the context count', async () => {
    write(top, { 'app/a': '1', 'docker/Dockerfile': 'FROM scratch\n', 'lib/b': '1' });
    commit(top);
    const changes = {
      context: join(top, 'app'),
      file: join(top, 'docker/Dockerfile'),
      buildContexts: new Map([['lib', 'lib']]),
      by: 'tree',
    } as const;
    const before = await textOf(changes);
    write(top, { 'docker/Dockerfile': 'FROM scratch\nLABEL a=b\n' });
    commit(top);
    const second = await textOf(changes);
    write(top, { 'lib/b': '2' });
    commit(top);
    expect(new Set([before, second, await textOf(changes)]).size).toBe(3);
  });

  test('by inputs: a changed file is no matter, the commit is not part of it', async () => {
    const changes = { by: 'inputs', inputs: ['lock sha256:1'] } as const;
    const before = await identify(changes);
    expect(before.commit).toBe(git(top, 'rev-parse', 'HEAD'));
    write(top, { 'src/main.c': 'other\n' });
    expect(await textOf(changes)).toBe(before.text);
    commit(top);
    expect(await textOf(changes)).toBe(before.text);
  });

  test('a folder that is in no checkout needs identity: inputs', async () => {
    const bare = join(work, 'bare');
    write(bare, { Dockerfile: 'FROM scratch\n' });
    await expect(identify({ context: bare, workspace: bare })).rejects.toMatchObject({ code: 'CHECKOUT_MISSING' });
    const one = await identify({ context: bare, workspace: bare, by: 'inputs' });
    expect(one.commit).toBeUndefined();
    write(bare, { a: '1' });
    expect(await textOf({ context: bare, workspace: bare, by: 'inputs' })).not.toBe(one.text);
  });

  test('files that a sparse checkout left out make another identity', async () => {
    const before = await textOf();
    git(top, 'sparse-checkout', 'set', '--no-cone', '/*', '!/src/');
    expect(await textOf()).not.toBe(before);
  });

  test('what is not there is told with its name', async () => {
    await expect(identify({ context: join(top, 'nowhere') })).rejects.toMatchObject({ code: 'CONTEXT_MISSING' });
    await expect(identify({ file: join(top, 'Nofile') })).rejects.toMatchObject({ code: 'DOCKERFILE_MISSING' });
  });
});
