import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as core from '@actions/core';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WaybillError } from '../errors/index.ts';
import { createActionsRunner } from './actions-runner.ts';
import type { Runner } from './runner.ts';

const FILES = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const;
const VALUES = ['', 'plain', 'two\nlines', 'win\r\nlines\r', '100 %25 %', 'a:b,c', '::error::x', 'ä€😀', ' spaced '];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-runner-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a step left: its files, and its lines. The delimiter is random, so it is replaced. */
interface Trace {
  readonly files: readonly string[];
  readonly stdout: string;
}

function readTrace(kind: string, stdout: string): Trace {
  const files = FILES.map((name) => readFileSync(join(folder, `${kind}-${name}`), 'utf8'));
  return { files: files.map((text) => text.replace(/ghadelimiter_[0-9a-f-]{36}/g, 'DELIMITER')), stdout };
}

function newFiles(kind: string): Record<string, string> {
  return Object.fromEntries(
    FILES.map((name) => {
      const path = join(folder, `${kind}-${name}`);
      writeFileSync(path, '');
      return [name, path];
    }),
  );
}

function ours(env: Record<string, string | undefined>, body: (runner: Runner) => void): string {
  let stdout = '';
  body(createActionsRunner({ env, stdout: { write: (text: string) => (stdout += text) } }));
  return stdout;
}

/** Runs `@actions/core` with this environment; it knows no other than the process's own. */
function theirs(env: Record<string, string | undefined>, body: () => void): string {
  const before = { ...process.env };
  const write = process.stdout.write;
  let stdout = '';
  for (const name of FILES) delete process.env[name];
  Object.assign(process.env, env);
  process.stdout.write = (text: string | Uint8Array) => {
    stdout += String(text);
    return true;
  };
  try {
    body();
  } finally {
    process.stdout.write = write;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
  return stdout;
}

const EVERY_CALL = {
  ours: (runner: Runner) => {
    for (const value of VALUES) {
      runner.setOutput('some-output', value);
      runner.saveState('some-state', value);
      runner.exportVariable('WAYBILL_TEST_VARIABLE', value);
      runner.notice(value);
      runner.warning(value, { title: `title ${value}` });
      runner.error(value);
    }
    for (const value of VALUES.filter((each) => each !== '')) runner.mask(value);
    for (const folder of ['/opt/tools', '/opt/100 %']) runner.addPath(folder);
  },
  theirs: () => {
    for (const value of VALUES) {
      core.setOutput('some-output', value);
      core.saveState('some-state', value);
      core.exportVariable('WAYBILL_TEST_VARIABLE', value);
      core.notice(value);
      core.warning(value, { title: `title ${value}` });
      core.error(value);
    }
    for (const value of VALUES.filter((each) => each !== '')) core.setSecret(value);
    for (const folder of ['/opt/tools', '/opt/100 %']) core.addPath(folder);
  },
};

describe('what @actions/core writes for the same calls is written byte for byte', () => {
  test('into the files of the runner', () => {
    const a = ours(newFiles('ours'), EVERY_CALL.ours);
    const b = theirs(newFiles('theirs'), EVERY_CALL.theirs);
    expect(readTrace('ours', a)).toEqual(readTrace('theirs', b));
    expect(a).toContain('::warning title=title win%0D%0Alines%0D::win%0D%0Alines%0D');
  });

  test('as old commands, where a runner gives no files', () => {
    const a = ours({}, EVERY_CALL.ours);
    expect(a).toBe(theirs({}, EVERY_CALL.theirs));
    expect(a).toContain('::set-output name=some-output::two%0Alines');
  });

  test('in the summary and in groups', async () => {
    let stdout = '';
    const runner = createActionsRunner({
      env: newFiles('ours'),
      stdout: { write: (text: string) => (stdout += text) },
    });
    runner.summary('# Title');
    runner.info('plain text');
    await runner.group('a group', async () => runner.info('inside'));
    const theirFiles = newFiles('theirs');
    const theirStdout = theirs(theirFiles, () => {
      core.summary.addRaw('# Title', true);
      core.info('plain text');
      core.startGroup('a group');
      core.info('inside');
      core.endGroup();
    });
    process.env['GITHUB_STEP_SUMMARY'] = theirFiles['GITHUB_STEP_SUMMARY'];
    await core.summary.write();
    delete process.env['GITHUB_STEP_SUMMARY'];
    expect(readTrace('ours', stdout)).toEqual(readTrace('theirs', theirStdout));
  });

  test('inputs and state are read from the same variables', () => {
    const env = { 'INPUT_FAIL-ON-CACHE-MISS': ' true\n', INPUT_TWO_WORDS: 'x', STATE_waybill: ' kept as it is ' };
    const read = { ours: [] as string[], theirs: [] as string[] };
    ours(env, (runner) => {
      read.ours.push(runner.input('fail-on-cache-miss'), runner.input('two words'), runner.input('none'));
      read.ours.push(runner.state('waybill'), runner.state('none'));
    });
    theirs(env, () => {
      read.theirs.push(core.getInput('fail-on-cache-miss'), core.getInput('two words'), core.getInput('none'));
      read.theirs.push(core.getState('waybill'), core.getState('none'));
    });
    expect(read.ours).toEqual(read.theirs);
    expect(read.ours).toEqual(['true', 'x', '', ' kept as it is ', '']);
  });
});

describe('the runner', () => {
  test('prints no value that it was told to mask, nor what looks like a token', () => {
    const env = newFiles('ours');
    const stdout = ours(env, (runner) => {
      runner.mask('s3cret-value');
      runner.info('info s3cret-value');
      runner.notice('x', { title: 's3cret-value' });
      runner.warning(`ghp_${'a'.repeat(36)}`);
      runner.failed(new Error('s3cret-value'));
      runner.summary('summary s3cret-value');
    });
    expect(stdout.replace('::add-mask::s3cret-value', '')).not.toContain('s3cret-value');
    expect(stdout).not.toContain('ghp_aaa');
    expect(readTrace('ours', '').files[4]).toBe('summary ***\n');
  });

  test('text from outside in a log line is never a command', () => {
    const stdout = ours({}, (runner) => runner.info('key\n::set-output name=a::b\r\n  ::error::c\nx ##[add-mask]d'));
    expect(stdout).not.toMatch(/^\s*::/m);
    expect(stdout).not.toContain('##[');
  });

  test('a folder on PATH is found by what this step itself starts, the last one first', () => {
    const env = { ...newFiles('ours'), PATH: '/usr/bin' };
    ours(env, (runner) => {
      runner.addPath('/opt/a');
      runner.addPath('/opt/b');
    });
    expect(env.PATH.split(delimiter)).toEqual(['/opt/b', '/opt/a', '/usr/bin']);
  });

  test('a command file that does not exist is an error, not a new file', () => {
    expect(() => ours({ GITHUB_OUTPUT: join(folder, 'none') }, (runner) => runner.setOutput('a', 'b'))).toThrow(
      expect.objectContaining({ code: 'RUNNER_FILE_MISSING' }),
    );
  });

  test('a failure prints code, message and hint, and sets the exit code', () => {
    let stdout = '';
    const host: Parameters<typeof createActionsRunner>[0] = {
      env: {},
      stdout: { write: (text: string) => (stdout += text) },
    };
    createActionsRunner(host).failed(new WaybillError('A_CODE', 'what', { kind: 'user', hint: 'do this' }));
    expect(stdout).toBe('::error title=A_CODE::what%0Ado this\n');
    expect(host.exitCode).toBe(1);
  });
});
