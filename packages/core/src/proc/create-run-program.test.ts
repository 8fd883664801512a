import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunProgram } from './create-run-program.ts';

const node = process.execPath;
const run = createRunProgram({ env: { PATH: process.env['PATH'], COLOUR: 'blue' }, platform: process.platform });
const script = (source: string): string[] => ['--eval', source];
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('running a program', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'run-program-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives its bytes, and its exit code whatever it is', async () => {
    const end = await run(
      node,
      script('process.stdout.write(Buffer.from([0, 255, 10])); console.error("e"); process.exitCode = 7'),
    );
    expect([...end.stdout]).toEqual([0, 255, 10]);
    expect(end).toMatchObject({ stderr: 'e\n', status: 7 });
  });

  test('feeds standard input, also more than a pipe holds', async () => {
    const input = Buffer.alloc(900_000, 'x');
    const { stdout } = await run(node, script('process.stdin.pipe(process.stdout)'), { input });
    expect(input.equals(stdout)).toBe(true);
  });

  test('goes on where a program does not read its input', async () => {
    const { status } = await run(node, script('process.exitCode = 3'), { input: Buffer.alloc(900_000) });
    expect(status).toBe(3);
  });

  test('has the environment of the call in place of that of the maker, without what is of the step', async () => {
    const env = { PATH: process.env['PATH'], SHAPE: 'round', INPUT_TOKEN: 'secret' };
    const source = 'console.log(process.env.COLOUR, process.env.SHAPE, process.env.INPUT_TOKEN)';
    expect(textOf((await run(node, script(source), { env })).stdout)).toBe('undefined round undefined\n');
    expect(textOf((await run(node, script(source))).stdout)).toBe('blue undefined undefined\n');
  });

  test('keeps what the call names of what is of the step', async () => {
    const env = { PATH: process.env['PATH'], ACTIONS_CACHE_URL: 'there', ACTIONS_RUNTIME_TOKEN: 'secret' };
    const show = 'console.log(process.env.ACTIONS_CACHE_URL, process.env.ACTIONS_RUNTIME_TOKEN)';
    const { stdout } = await run(node, script(show), { env, keep: ['ACTIONS_CACHE_URL'] });
    expect(textOf(stdout)).toBe('there undefined\n');
  });

  test('hands standard error on as it comes, more than it would gather', async () => {
    let bytes = 0;
    const { stderr, status } = await run(node, script('process.stderr.write("x".repeat(3_000_000))'), {
      onStderr: (piece) => {
        bytes += piece.byteLength;
      },
    });
    expect({ bytes, stderr, status }).toEqual({ bytes: 3_000_000, stderr: '', status: 0 });
  });

  test('lets a program tidy up after an abort where it is given time, and waits for it', async () => {
    const file = path.join(folder, 'tidy');
    const source = `const fs = require("fs");
      process.on("SIGTERM", () => setTimeout(() => { fs.writeFileSync(${JSON.stringify(file)}, "tidy"); process.exit(0); }, 50));
      fs.writeFileSync(${JSON.stringify(file)}, "untidy"); setInterval(() => {}, 1000)`;
    const controller = new AbortController();
    const running = run(node, script(source), { signal: controller.signal, graceMs: 20_000 });
    running.catch(() => undefined);
    while (read(file) !== 'untidy') await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    expect(read(file)).toBe('tidy');
  });

  test('kills one that does not end in the time it was given', async () => {
    const file = path.join(folder, 'stubborn');
    const source = `process.on("SIGTERM", () => {}); require("fs").writeFileSync(${JSON.stringify(file)}, "up"); setInterval(() => {}, 1000)`;
    const controller = new AbortController();
    const running = run(node, script(source), { signal: controller.signal, graceMs: 50 });
    running.catch(() => undefined);
    while (read(file) !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });
});

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
