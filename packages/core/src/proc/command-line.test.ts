import { describe, expect, test } from '@jest/globals';
import { commandLine } from './command-line.ts';

const windows = (files: readonly string[], env: Record<string, string> = {}) => ({
  platform: 'win32' as const,
  env: { Path: 'C:\\node;"C:\\Program Files\\nodejs";.', SystemRoot: 'C:\\Windows', ...env },
  isFile: (path: string) => files.includes(path),
});

describe('the command line', () => {
  test('is the program itself where there is no need for more', () => {
    const options = { platform: 'linux' as const, env: {}, isFile: () => false };
    expect(commandLine('npm', ['config', 'get', 'cache'], options)).toEqual({
      file: 'npm',
      args: ['config', 'get', 'cache'],
      verbatim: false,
    });
  });

  test('names a program by its place in PATH on Windows, quoted folders too', () => {
    const file = 'C:\\Program Files\\nodejs\\node.exe';
    expect(commandLine('node', ['--version'], windows([file]))).toEqual({ file, args: ['--version'], verbatim: false });
  });

  test('passes over the current folder and folders relative to it on Windows', () => {
    expect(commandLine('node', [], windows(['node.exe', '.\\node.exe']))).toBeUndefined();
  });

  test('takes a batch file to cmd.exe, its place quoted', () => {
    const options = windows(['C:\\Program Files\\nodejs\\npm.cmd']);
    expect(commandLine('npm', ['config', 'get', 'cache'], options)).toEqual({
      file: 'C:\\Windows\\System32\\cmd.exe',
      args: ['/d', '/s', '/c', '""C:\\Program Files\\nodejs\\npm.cmd" config get cache"'],
      verbatim: true,
    });
  });

  test.each(['a&b', '%PATH%', 'a b', '"', 'a^b', ''])('gives a batch file no argument %j', (argument) => {
    expect(() => commandLine('npm', [argument], windows(['C:\\node\\npm.cmd']))).toThrow(
      expect.objectContaining({ code: 'TOOL_FAILED' }),
    );
  });

  test('prefers a program to a batch file of its name', () => {
    const options = windows(['C:\\node\\bun.cmd', 'C:\\node\\bun.exe']);
    expect(commandLine('bun', [], options)?.file).toBe('C:\\node\\bun.exe');
  });
});
