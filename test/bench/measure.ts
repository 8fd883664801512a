import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One run of one contender. */
export interface Sample {
  readonly wallMs: number;
  /** User and system time of all threads and children. */
  readonly cpuMs: number;
  readonly peakBytes: number;
}

const TIME_SCRIPT = fileURLToPath(new URL('time.sh', import.meta.url));
const SAMPLE_EVERY_MS = 10;

/** What goes before a command so that its times land in `file`. */
export function stopWatch(file: string): readonly string[] {
  return ['bash', TIME_SCRIPT, file];
}

/** The times that the stop watch wrote. */
export async function readStopWatch(file: string): Promise<Pick<Sample, 'wallMs' | 'cpuMs'>> {
  const [wall, user, system] = (await readFile(file, 'utf8')).trim().split(/\s+/).map(Number);
  if (wall === undefined || user === undefined || system === undefined || Number.isNaN(wall + user + system)) {
    throw new Error(`${file} does not hold three times.`);
  }
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}

/**
 * Runs a command under the stop watch, and watches its memory. Throws with the command's stderr where it fails.
 */
export async function measureCommand(command: readonly string[], folder: string, cwd: string): Promise<Sample> {
  const file = join(folder, 'time');
  const [program = '', ...args] = [...stopWatch(file), ...command];
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const peak = watchMemory(child.pid ?? 0);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(peak);
  if (code !== 0)
    throw new Error(`\`${command.join(' ')}\` ended with ${code}: ${Buffer.concat(stderr).toString().trim()}`);
  return { ...(await readStopWatch(file)), peakBytes: peak() };
}

/**
 * Looks every 10 ms at what the process and all below it hold, together; shells are left out, which hold a few MB and only wait.
 * What it gives ends the watch and tells the most that was seen, in bytes: never more than there was at one time, and less
 * where a peak fell between two looks.
 */
export function watchMemory(pid: number): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, heldBelow(pid));
  }, SAMPLE_EVERY_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function heldBelow(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    const own = /^Name:\t(ba)?sh$/m.test(status) ? 0 : Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
    return children.reduce((sum, child) => sum + heldBelow(child), own);
  } catch {
    // The process ended between two looks.
    return 0;
  }
}
