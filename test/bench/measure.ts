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
 * Runs a command of a peer under the stop watch. Its memory is what /proc tells: the high-water mark of each process of a pipeline,
 * summed, looked at every 10 ms. Throws with the command's stderr where it fails.
 */
export async function measureCommand(command: readonly string[], folder: string, cwd: string): Promise<Sample> {
  const file = join(folder, 'time');
  const [program = '', ...args] = [...stopWatch(file), ...command];
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const peaks = new Map<number, number>();
  const timer = setInterval(() => notePeaks(child.pid ?? 0, peaks), SAMPLE_EVERY_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0)
    throw new Error(`\`${command.join(' ')}\` ended with ${code}: ${Buffer.concat(stderr).toString().trim()}`);
  return { ...(await readStopWatch(file)), peakBytes: [...peaks.values()].reduce((sum, peak) => sum + peak, 0) };
}

/** Notes the leaves of the process tree below `pid`; the shells between hold a few MB and are no part of the contender. */
function notePeaks(pid: number, peaks: Map<number, number>): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    for (const child of children) notePeaks(child, peaks);
    if (children.length > 0) {
      peaks.delete(pid);
      return;
    }
    const kilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    peaks.set(pid, Math.max(peaks.get(pid) ?? 0, kilobytes * 1024));
  } catch {
    // The process ended between two looks.
  }
}
