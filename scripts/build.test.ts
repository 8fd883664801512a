import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  cliStubSource,
  distManifest,
  entrySource,
  hasCli,
  phasesOf,
  readPlan,
  stubPaths,
  stubSource,
} from './plan.mjs';
import { report } from './sizes.mjs';

const ROOT = path.dirname(import.meta.dirname);

const SOURCES = {
  'package.json': '{"type":"module","private":true}',
  'package-lock.json': '{}',
  'tsconfig.build.json': '{"files":[],"references":[{"path":"actions/tsconfig.build.json"}]}',
  'actions/tsconfig.build.json': JSON.stringify({
    extends: `${ROOT}/tsconfig.base.json`,
    compilerOptions: { rootDir: '.', outDir: 'lib' },
    include: ['**/*.ts'],
    exclude: ['lib'],
  }),
  'actions/index.ts': `type Steps = Record<string, () => Promise<(entry: URL) => Promise<void>>>;
export async function startStep(steps: Steps, action: string, phase: string, entry: URL): Promise<void> {
  await (await steps[\`\${action}/\${phase}\`]!())(entry);
}
export async function serveWorkerThread(): Promise<void> {}
`,
  'actions/first/action.yml': 'runs: { using: node24, main: ../../dist/first/main.js }',
  'actions/first/main.ts':
    'export async function main(entry: URL): Promise<void> { console.log(`first ${entry.href}`); }',
  'actions/second/action.yml':
    'runs: { using: node24, main: ../../dist/second/main.js, post: ../../dist/second/post.js }',
  'actions/second/main.ts': `export async function main(): Promise<void> {
  class NamedForThePeopleWhoReadTraces extends Error {}
  console.log(NamedForThePeopleWhoReadTraces.name);
}`,
  'actions/second/post.ts': "export async function post(): Promise<void> { console.log('second post'); }",
};

let repo: string;

beforeAll(() => {
  repo = mkdtempSync(path.join(tmpdir(), 'build-test-'));
  mkdirSync(path.join(repo, 'packages'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(repo, 'node_modules'), 'junction');
  for (const [name, content] of Object.entries(SOURCES)) {
    mkdirSync(path.dirname(path.join(repo, name)), { recursive: true });
    writeFileSync(path.join(repo, name), content);
  }
});

afterAll(() => rmSync(repo, { recursive: true, force: true }));

/** Builds as `npm run build` does, and tells what the last line says. */
function build(...args: string[]): string {
  const script = path.join(import.meta.dirname, 'build.mjs');
  const result = spawnSync(process.execPath, [script, '--root', repo, ...args], { encoding: 'utf8' });
  return (result.stdout + result.stderr).replace(/ \([\d.]+ s\)/, '').trim();
}

function start(stub: string): string {
  const env = { ...process.env };
  delete env['RUNNER_TEMP'];
  return execFileSync(process.execPath, [path.join(repo, 'dist', stub)], { encoding: 'utf8', env }).trim();
}

function distHashes(): string {
  const script = `import { readFiles } from ${JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'build.mjs')).href)};
    import { createHash } from 'node:crypto';
    for (const [name, bytes] of [...readFiles('dist')].sort()) console.log(name, createHash('sha256').update(bytes).digest('hex'));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: repo, encoding: 'utf8' });
}

describe('the build', () => {
  test('makes a stub for each phase of each action, which starts that phase and no other', () => {
    expect(build()).toBe('build: built');
    expect(start('first/main.js')).toMatch(/^first file:.*\/dist\/index\.js$/);
    expect(start('second/post.js')).toBe('second post');
  });

  test('keeps the names of classes and functions', () => {
    expect(start('second/main.js')).toBe('NamedForThePeopleWhoReadTraces');
  });

  test('gives the same bytes again', () => {
    const before = distHashes();
    expect(build('--force')).toBe('build: built');
    expect(distHashes()).toBe(before);
    expect(before.split('\n').length).toBeGreaterThan(5);
  });

  test('does nothing when nothing changed', () => {
    expect(build()).toBe('build: up to date');
  });

  test('builds again when dist was touched', () => {
    const stub = path.join(repo, 'dist/first/main.js');
    const before = readFileSync(stub, 'utf8');
    writeFileSync(stub, 'broken');
    expect(build()).toBe('build: built');
    expect(readFileSync(stub, 'utf8')).toBe(before);
  });

  test('builds again when a source changed', () => {
    writeFileSync(
      path.join(repo, 'actions/second/post.ts'),
      SOURCES['actions/second/post.ts'].replace("post'", "again'"),
    );
    expect(build()).toBe('build: built');
    expect(start('second/post.js')).toBe('second again');
  });

  test('fails when the types do not fit', () => {
    writeFileSync(path.join(repo, 'actions/second/post.ts'), 'export const post: number = "none";');
    expect(build()).toContain('build: tsc -b ended with');
  });

  test('brings the command line where there is one, with its version, in the bundle of the actions', () => {
    expect(hasCli(repo)).toBe(false);
    const cli = {
      'packages/cli/package.json': '{"name":"@waybill/cli","type":"module","version":"3.2.1"}',
      'packages/cli/lib/program/index.js': `export const readVersion = (file) => file.href;
        export const start = async ({ argv }, { version, worker }) => console.log(argv[2], version, worker.href);`,
    };
    for (const [name, content] of Object.entries({ ...SOURCES, ...cli })) {
      mkdirSync(path.dirname(path.join(repo, name)), { recursive: true });
      writeFileSync(path.join(repo, name), content);
    }
    expect(build()).toBe('build: built');
    const told = execFileSync(process.execPath, [path.join(repo, 'dist/cli.js'), 'doctor'], { encoding: 'utf8' });
    expect(told).toMatch(/^doctor file:.*\/dist\/package\.json file:.*\/dist\/index\.js\n$/);
    expect(readFileSync(path.join(repo, 'dist/package.json'), 'utf8')).toBe('{"type":"module","version":"3.2.1"}\n');
  });

  test('holds no path of the machine that built it', () => {
    const dist = path.join(repo, 'dist');
    const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const text = files.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8')).join('\n');
    expect(text).toContain('NamedForThePeopleWhoReadTraces');
    expect(text).not.toContain(path.basename(repo));
  });
});

describe('the plan', () => {
  test('is the folders of actions that have an action.yml', () => {
    const plan = readPlan(repo);
    expect(stubPaths(plan)).toEqual(['first/main.js', 'second/main.js', 'second/post.js']);
    expect(entrySource(plan)).toContain("import('./second/post.js')");
  });

  test('has no phases for an action that is not JavaScript', () => {
    expect(phasesOf('runs: { using: composite, steps: [] }')).toEqual([]);
  });

  test.each([stubSource('restore-cache', 'main'), cliStubSource()])(
    'keeps stubs small, and the compile cache below RUNNER_TEMP',
    (stub) => {
      expect(stub.length).toBeLessThan(260);
      expect(stub).toMatch(/RUNNER_TEMP/);
    },
  );

  test('names no version where there is none', () => {
    expect(distManifest().toString()).toBe('{"type":"module"}\n');
  });
});

describe('the sizes', () => {
  test('are within the budget up to its last byte', () => {
    const files = new Map([
      ['index.js', Buffer.alloc(60)],
      ['a.js', Buffer.alloc(40)],
    ]);
    expect(report(files, 100).ok).toBe(true);
    expect(report(files, 99)).toEqual({
      ok: false,
      lines: expect.arrayContaining([expect.stringContaining('1 too many')]),
    });
  });
});
