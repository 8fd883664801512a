import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRunTool } from './create-run-tool.ts';

const node = process.execPath;
const env = { PATH: process.env['PATH'], SECRET_WORD: 'from the environment', ACTIONS_RUNTIME_TOKEN: 'of the step' };
const run = createRunTool({ env, platform: process.platform });
const script = (source: string): string[] => ['--eval', source];

describe('running a tool', () => {
  let folder: string;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'run-tool-')));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives what it wrote, on both ways out', async () => {
    await expect(run(node, script('console.log("out"); console.error("err")'))).resolves.toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('hands arguments over as they are', async () => {
    const odd = ['a b', '$HOME', '"', '*', ''];
    const { stdout } = await run(node, [...script('console.log(JSON.stringify(process.argv.slice(1)))'), '--', ...odd]);
    expect(JSON.parse(stdout)).toEqual(odd);
  });

  test('happens in the folder and the environment that were given, without standard input', async () => {
    const source =
      'process.stdin.on("end", () => console.log(process.cwd(), process.env.SECRET_WORD, process.env.ACTIONS_RUNTIME_TOKEN)).resume()';
    const { stdout } = await run(node, script(source), { cwd: folder });
    expect(stdout).toBe(`${folder} from the environment undefined\n`);
  });

  test('names a program that is missing', async () => {
    await expect(run('no-such-tool-here', ['--version'])).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      kind: 'user',
      message: 'there is no `no-such-tool-here` on PATH',
    });
  });

  test('does not call a program missing where its folder is', async () => {
    await expect(run(node, ['--version'], { cwd: path.join(folder, 'gone') })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
    });
  });

  test('tells the exit code and the last line of a failure, without credentials', async () => {
    const token = `ghp_${'a'.repeat(36)}`;
    const failing = run(node, script(`console.error("first\\nno entry for ${token}"); process.exitCode = 3`));
    await expect(failing).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/ended with 3: no entry for \*\*\*$/),
    });
  });

  test('ends a tool that takes too long, and what it started', async () => {
    // The grandchild tells its number, then would run for an hour.
    const grandchild = 'require("fs").writeFileSync("pid", String(process.pid)); setTimeout(() => {}, 3600000)';
    const source = `require("child_process").spawn(process.execPath, ["--eval", ${JSON.stringify(grandchild)}], { stdio: "inherit" });
      const fs = require("fs");
      const wait = () => fs.existsSync("pid") && fs.readFileSync("pid", "utf8") !== "" ? console.log("x".repeat(2048)) : setTimeout(wait, 10);
      wait()`;
    const small = createRunTool({ env, platform: process.platform, maxBytes: 1024 });
    await expect(small(node, script(source), { cwd: folder })).rejects.toMatchObject({ code: 'TOOL_OUTPUT_TOO_LARGE' });
    const { readFileSync } = await import('node:fs');
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    await expect(gone(pid)).resolves.toBe(true);
  });

  test('says which tool did not end in time', async () => {
    await expect(run(node, script('setTimeout(() => {}, 3600000)'), { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TOOL_TIMEOUT',
      kind: 'remote',
      message: expect.stringMatching(/did not end within 0\.05 s$/),
    });
  });

  test("rejects with the caller's reason after an abort", async () => {
    const reason = new Error('cancelled');
    const controller = new AbortController();
    const running = run(node, script('setTimeout(() => {}, 3600000)'), { signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  test('does not wait for a daemon that holds the output open', async () => {
    const source = `const { spawn } = require("child_process");
      const daemon = spawn(process.execPath, ["--eval", "setTimeout(() => {}, 20000)"], { stdio: "inherit" });
      console.log("answer " + daemon.pid); process.exit(0)`;
    const { stdout } = await run(node, script(source));
    expect(stdout).toMatch(/^answer \d+\n$/);
    process.kill(Number(stdout.split(' ')[1]), 'SIGKILL');
  });
});

async function gone(pid: number): Promise<boolean> {
  for (let round = 0; round < 200; round++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}
