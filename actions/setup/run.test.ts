import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { fakeTools } from '@waybill/testing/tools';
import { readInputs } from './inputs.ts';
import { batchFile, shellScript, writeLaunchers } from './launchers.ts';
import { run } from './run.ts';

const WINDOWS = process.platform === 'win32';
const NAME = WINDOWS ? 'waybill.cmd' : 'waybill';
const { signal } = new AbortController();
const LAUNCHED = { node: '/externals/node24/bin/node', program: '/actions/waybill/v1/dist/cli.js' };
const VERSION = `${LAUNCHED.node} ${LAUNCHED.program} --version`;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-setup-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function step(
  inputs: Readonly<Record<string, string>> = {},
  { temp = base, answer = '1.2.3\n' }: { readonly temp?: string | undefined; readonly answer?: string | Error } = {},
) {
  const runner = createFakeRunner({ inputs });
  const context = fakeRunContext({ temp, platform: process.platform });
  const { runTool } = fakeTools({ [VERSION]: answer });
  await run(readInputs(runner, context), { runner, context, launched: LAUNCHED, runTool, signal });
  return runner;
}

describe('setup', () => {
  test('puts the program on PATH, and says which it is', async () => {
    const runner = await step();
    const folder = join(base, 'waybill-cli');
    expect(runner.paths).toEqual([folder]);
    expect(Object.fromEntries(runner.outputs)).toEqual({ version: '1.2.3', path: join(folder, NAME) });
    expect(runner.lines).toEqual([{ level: 'info', message: `waybill 1.2.3 is on PATH: ${join(folder, NAME)}` }]);
    expect(runner.variables).toEqual(new Map());
  });

  test('names the store of the later steps, as it was written', async () => {
    expect(await step({ store: 'dir:~/cache?max=1GiB' })).toMatchObject({
      variables: new Map([['WAYBILL_STORE', 'dir:~/cache?max=1GiB']]),
    });
  });

  test('may run again in the same job', async () => {
    await step();
    expect((await step()).paths).toEqual([join(base, 'waybill-cli')]);
  });

  test('puts nothing on PATH where the program does not start', async () => {
    const answer = new Error('no such instruction');
    await expect(step({}, { answer })).rejects.toBe(answer);
    expect(existsSync(join(base, 'waybill-cli'))).toBe(false);
  });

  test('needs the temp folder of the runner', async () => {
    const runner = createFakeRunner();
    const context = fakeRunContext({ temp: undefined });
    const { runTool } = fakeTools({ [VERSION]: '1.2.3\n' });
    await expect(
      run(readInputs(runner, context), { runner, context, launched: LAUNCHED, runTool, signal }),
    ).rejects.toThrow(expect.objectContaining({ code: 'RUNNER_TEMP_MISSING' }));
    expect(runner.paths).toEqual([]);
  });
});

describe('a launcher', () => {
  // What a Windows path or a batch file cannot hold is left to the others.
  const odd = WINDOWS ? "it's 100%" : 'a \'quoted\' $HOME `x` %PATH% "name"';
  const args = WINDOWS ? ['a', '-x', '--'] : ['a b', '$HOME', '*', '"', "'", '', '--', '-x'];

  test('hands on arguments, streams and exit code, wherever it lies', () => {
    mkdirSync(join(base, odd));
    const program = join(base, odd, 'cli.mjs');
    writeFileSync(
      program,
      'console.log(JSON.stringify(process.argv.slice(2))); console.error("err"); process.exitCode = 7;',
    );
    const path = writeLaunchers(join(base, 'bin'), { node: process.execPath, program }, process.platform);
    const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', shell: WINDOWS });
    expect([status, JSON.parse(stdout), stderr]).toEqual([7, args, 'err\n']);
  });

  test('is there for the shells of Windows too', () => {
    const launched = { node: 'C:\\externals\\node24\\bin\\node.exe', program: 'D:\\a 100%\\dist\\cli.js' };
    expect(shellScript(launched, 'win32')).toBe(
      `#!/bin/sh\nexec 'C:/externals/node24/bin/node.exe' 'D:/a 100%/dist/cli.js' "$@"\n`,
    );
    expect(batchFile(launched)).toBe('@"C:\\externals\\node24\\bin\\node.exe" "D:\\a 100%%\\dist\\cli.js" %*\r\n');
  });
});

describe('the inputs of setup', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const rows = readWrongInputs(readme);

  test('have a table of wrong ones in the README', () => {
    expect(rows.length).toBeGreaterThan(3);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    await expect(step({ [name]: value })).rejects.toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
