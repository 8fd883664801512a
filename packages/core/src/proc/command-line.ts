import { win32 } from 'node:path';
import { WaybillError } from '../errors/index.ts';

/** What `spawn` of node:child_process is given. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether Node must leave the arguments unquoted: `cmd.exe` has quoting rules of its own. */
  readonly verbatim: boolean;
}

export interface CommandLineOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isFile: (path: string) => boolean;
}

const EXTENSIONS = ['.exe', '.com', '.cmd', '.bat'];

/** Characters that mean nothing to `cmd.exe`, in quotes or out of them. */
const PLAIN_ARGUMENT = /^[\w.=:/\\@+-]+$/;

/**
 * How to start a program without a shell. Elsewhere than on Windows that is the program itself. On Windows the name is
 * looked up in `PATH` alone (Windows would look into the current folder first, where a checkout may hold a `node.exe`),
 * and a batch file (`npm.cmd`), which Node does not start, goes through `cmd.exe` with plain arguments only
 * (CVE-2024-27980: there is no quoting that every batch file survives).
 *
 * @returns undefined where no such program is found on Windows
 * @throws WaybillError `TOOL_FAILED` (user) where a batch file would get an argument that `cmd.exe` might read as its own
 */
export function commandLine(
  command: string,
  args: readonly string[],
  { platform, env, isFile }: CommandLineOptions,
): CommandLine | undefined {
  if (platform !== 'win32') return { file: command, args, verbatim: false };
  const file = findProgram(command, env, isFile);
  if (file === undefined) return undefined;
  if (!/\.(cmd|bat)$/i.test(file)) return { file, args, verbatim: false };
  const odd = [...args.filter((arg) => !PLAIN_ARGUMENT.test(arg)), ...(/["%]/.test(file) ? [file] : [])];
  if (odd.length > 0) {
    throw new WaybillError('TOOL_FAILED', `${file} is a batch file and cannot be given ${JSON.stringify(odd[0])}`, {
      kind: 'user',
      hint: 'Install the tool in a folder, and call it with arguments, that hold no characters special to cmd.exe.',
    });
  }
  const shell = win32.join(variable(env, 'SystemRoot') ?? 'C:\\Windows', 'System32', 'cmd.exe');
  return { file: shell, args: ['/d', '/s', '/c', `"${[`"${file}"`, ...args].join(' ')}"`], verbatim: true };
}

function findProgram(
  command: string,
  env: CommandLineOptions['env'],
  isFile: CommandLineOptions['isFile'],
): string | undefined {
  const folders = win32.isAbsolute(command) ? [''] : (variable(env, 'PATH') ?? '').split(';').map(unquote);
  const endings = EXTENSIONS.includes(win32.extname(command).toLowerCase()) ? [''] : EXTENSIONS;
  for (const folder of folders) {
    if (folder !== '' && !win32.isAbsolute(folder)) continue;
    const found = endings.map((ending) => win32.join(folder, command + ending)).find(isFile);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Windows does not care for the case of names; a copy of its environment does. */
function variable(env: CommandLineOptions['env'], name: string): string | undefined {
  const key = Object.keys(env).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : env[key] || undefined;
}

function unquote(folder: string): string {
  return folder.trim().replace(/^"(.*)"$/, '$1');
}
