import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** What a launcher starts. Both are absolute paths. */
export interface Launched {
  /** The Node that runs it. */
  readonly node: string;
  readonly program: string;
}

/**
 * Writes `waybill` into a folder, which is made where it lacks; on Windows `waybill.cmd` beside it, for shells that are none
 * of Unix. They hand on arguments, streams and exit code.
 * @returns the one that the platform's own shell starts, as an absolute path
 * @throws the system's error
 */
export function writeLaunchers(folder: string, launched: Launched, platform: NodeJS.Platform): string {
  mkdirSync(folder, { recursive: true });
  const { join } = platform === 'win32' ? win32 : posix;
  const script = join(folder, 'waybill');
  writeFileSync(script, shellScript(launched, platform));
  chmodSync(script, 0o755);
  if (platform !== 'win32') return script;
  const batch = join(folder, 'waybill.cmd');
  writeFileSync(batch, batchFile(launched));
  return batch;
}

/** For POSIX shells; on Windows for that of Git, which takes drive letters and wants `/`. */
export function shellScript({ node, program }: Launched, platform: NodeJS.Platform): string {
  const words = [node, program].map((path) => quoted(platform === 'win32' ? path.replaceAll('\\', '/') : path));
  return `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`;
}

/** In single quotes nothing means anything to a shell but the quote itself. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** For cmd.exe and PowerShell. A `%` in a path would begin the name of a variable. */
export function batchFile({ node, program }: Launched): string {
  const words = [node, program].map((path) => `"${path.replaceAll('%', '%%')}"`);
  return `@${words.join(' ')} %*\r\n`;
}
