import { stripVTControlCharacters } from 'node:util';
import type { ToolOutput } from '../proc/index.ts';

/** How a tool is asked for its version, and which part of the answer counts. */
export interface Tool {
  /** Names that it goes by; the first that is there is asked. */
  readonly commands: readonly [string, ...string[]];
  readonly args: readonly string[];
  /** The part of the version that decides whether what the tool left behind is of use; undefined for another answer. */
  readonly read: (output: ToolOutput) => string | undefined;
}

/**
 * The tools whose versions can stand in a key. What counts of a version: of Node, Java and the package managers of Node
 * the major (files of `20.1` are good for `20.2`: the module interface and the stores change with majors alone); of
 * Python, Ruby, PHP, .NET, Bun, Poetry, pip, pipenv and uv also the minor; of compilers all of it, of an unreleased
 * `rustc` its commit too. Of any pre-release all of it counts. A Python or Ruby that is not the usual one is named.
 */
export const TOOLS = {
  node: { commands: ['node'], args: ['--version'], read: first(/^v(\S+)$/m, major) },
  npm: { commands: ['npm'], args: ['--version'], read: first(/^(\d\S*)$/m, major) },
  pnpm: { commands: ['pnpm'], args: ['--version'], read: first(/^(\d\S*)$/m, major) },
  yarn: { commands: ['yarn'], args: ['--version'], read: first(/^(\d\S*)$/m, major) },
  bun: { commands: ['bun'], args: ['--version'], read: first(/^(\d\S*)$/m, minor) },
  go: { commands: ['go'], args: ['env', 'GOVERSION'], read: first(/^(?:go(?=\d))?(\S.*)$/m, whole) },
  rustc: { commands: ['rustc'], args: ['-vV'], read: readRustc },
  cargo: { commands: ['cargo'], args: ['--version'], read: first(/^cargo (\S+)/m, whole) },
  python: { commands: ['python', 'python3'], args: ['--version'], read: readPython },
  pip: { commands: ['pip', 'pip3'], args: ['--version'], read: first(/^pip (\S+)/m, minor) },
  pipenv: { commands: ['pipenv'], args: ['--version'], read: first(/^pipenv, version (\S+)$/m, minor) },
  poetry: { commands: ['poetry'], args: ['--version'], read: first(/^Poetry \(version (\S+)\)$/m, minor) },
  uv: { commands: ['uv'], args: ['--version'], read: first(/^uv (\S+)/m, minor) },
  ruby: { commands: ['ruby'], args: ['--version'], read: readRuby },
  bundler: { commands: ['bundle'], args: ['--version'], read: first(/^(?:Bundler version )?(\d\S*)/m, major) },
  php: { commands: ['php'], args: ['--version'], read: first(/^PHP (\d[\w.]*)/m, minor) },
  composer: { commands: ['composer'], args: ['--version'], read: first(/^Composer version (\S+)/m, major) },
  java: { commands: ['java'], args: ['-version'], read: readJava },
  dotnet: { commands: ['dotnet'], args: ['--version'], read: first(/^(\d\S*)$/m, minor) },
  gcc: { commands: ['gcc'], args: ['-dumpfullversion'], read: first(/^(\d\S*)$/m, whole) },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

/** The known names, sorted. */
export const TOOL_NAMES: readonly ToolName[] = Object.keys(TOOLS).filter(isToolName).sort();

type Part = (version: string) => string;

/** What a tool said, in lines that end in LF, without colours. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n');
}

function first(pattern: RegExp, part: Part): Tool['read'] {
  return ({ stdout }) => {
    const version = pattern.exec(plainText(stdout))?.[1]?.trim();
    return version === undefined ? undefined : part(version);
  };
}

function whole(version: string): string {
  return version;
}

function major(version: string): string {
  return isRelease(version) ? (version.split('.')[0] ?? version) : version;
}

function minor(version: string): string {
  return isRelease(version) ? version.split('.').slice(0, 2).join('.') : version;
}

/** `1`, `1.2`, `1.2.3`, `1.2.3.4`; build metadata counts as little as patches do. */
function isRelease(version: string): boolean {
  return /^\d+(\.\d+)*(\+[\w.-]+)?$/.test(version);
}

/** Two nightlies of one day may differ, and have one version number. */
function readRustc({ stdout }: ToolOutput): string | undefined {
  const text = plainText(stdout);
  const release = /^release: (\S+)$/m.exec(text)?.[1];
  const commit = /^commit-hash: ([0-9a-f]{9})/m.exec(text)?.[1];
  if (release === undefined) return undefined;
  return isRelease(release) || commit === undefined ? release : `${release}.${commit}`;
}

/** Python before 3.4 answers on standard error. */
function readPython({ stdout, stderr }: ToolOutput): string | undefined {
  const text = plainText(stdout.trim() === '' ? stderr : stdout);
  const version = /^Python (\d+\.\d+\S*)/m.exec(text)?.[1];
  if (version === undefined) return undefined;
  // `3.13.0+` is a build between releases.
  const part = minor(version.replace(/\+$/, ''));
  const other = /^\[(PyPy|GraalVM|GraalPy)\b/im.exec(text)?.[1];
  return other === undefined ? part : `${other.toLowerCase()}-${part}`;
}

/** `ruby 3.2.2 (…)`, `ruby 3.4.0dev (…)`, `jruby 9.4.5.0 (3.1.4) …`, `truffleruby 24.1.0, like ruby 3.2.4, …` */
function readRuby({ stdout }: ToolOutput): string | undefined {
  const found = /^(ruby|jruby|truffleruby)(?:\+\S+)? (\d[^\s,]*)/m.exec(plainText(stdout));
  const [, engine, version] = found ?? [];
  if (engine === undefined || version === undefined) return undefined;
  // Patch levels of Ruby before 2.1: `1.9.3p551`.
  const part = minor(version.replace(/p\d+$/, ''));
  return engine === 'ruby' ? part : `${engine}-${part}`;
}

/** On standard error, `1.8.0_412` up to Java 8, `17.0.15` and `24-ea` after it; other lines may come first (`Picked up …`). */
function readJava({ stdout, stderr }: ToolOutput): string | undefined {
  const version = /version "(\d[^"]*)"/.exec(plainText(`${stderr}\n${stdout}`))?.[1];
  if (version === undefined) return undefined;
  const old = /^1\.(\d+)\./.exec(version)?.[1];
  return old ?? major(version.replace(/_\d+$/, ''));
}
