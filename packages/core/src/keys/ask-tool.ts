import path from 'node:path';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { RunTool, RunToolOptions, ToolOutput } from '../proc/index.ts';
import type { KeyField } from './derived-key.ts';
import type { KeyProblem } from './key-problems.ts';
import { type FolderQuestion, PRESETS, type PresetName } from './presets.ts';
import { plainText, TOOLS, type Tool, type ToolName } from './tools.ts';

/** Whole time that a tool has for an answer. */
const TIMEOUT_MS = 10_000;

/** What to do where a version cannot be had. */
const ELSE = 'Or write `key` yourself, or name all that counts in `key-from` and leave `key` and `preset` out.';

/** Where and until when tools are asked. */
export interface Asking {
  readonly runTool: RunTool;
  /** A tool may answer for the project that it is called in (rustup, corepack, go, pyenv). */
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

/** Whoever asks for the version: shown where the tool does not answer. */
export interface Wanted {
  readonly tool: ToolName;
  readonly because: string;
}

/** The version that counts, or why there is none. Rejects only after an abort. */
export async function askVersion({ tool, because }: Wanted, asking: Asking): Promise<KeyField | KeyProblem> {
  const { commands, args, read }: Tool = TOOLS[tool];
  let missing: unknown;
  for (const command of commands) {
    const shown = `\`${[command, ...args].join(' ')}\``;
    try {
      const version = read(await run(command, args, asking));
      if (version !== undefined) return { kind: 'tool', name: tool, value: version, source: shown };
      return problem(because, `${shown} answered with something that is no version`, 'user');
    } catch (error) {
      asking.signal?.throwIfAborted();
      if (errorCode(error) !== 'TOOL_MISSING') return toolProblem(because, error);
      missing ??= error;
    }
  }
  return toolProblem(because, missing);
}

/** A folder as the tool tells it, absolute; or why there is none. Rejects only after an abort. */
export async function askFolder(
  { command, args, answer }: FolderQuestion,
  platform: NodeJS.Platform,
  asking: Asking,
): Promise<{ readonly folder: string } | { readonly why: string }> {
  const shown = `\`${[command, ...args].join(' ')}\``;
  try {
    const text = plainText((await run(command, args, asking)).stdout);
    const found = answer === undefined ? text.trim().split('\n').at(-1) : answer.exec(text)?.[1];
    const folder = found?.trim() ?? '';
    const { isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
    return isAbsolute(folder) ? { folder } : { why: `${shown} did not answer with a folder` };
  } catch (error) {
    asking.signal?.throwIfAborted();
    return { why: errorMessage(error) };
  }
}

/** The tools whose versions a preset's key depends on. `lockfile` is the one that called for the preset, where one did. */
export function wantedBy(preset: PresetName, lockfile: string | undefined): readonly Wanted[] {
  const because = lockfile === undefined ? `preset: ${preset}` : `key: auto, for ${lockfile}`;
  return PRESETS[preset].tools.map((tool) => ({ tool, because }));
}

function run(command: string, args: readonly string[], { runTool, cwd, signal }: Asking): Promise<ToolOutput> {
  const options: RunToolOptions = { cwd, timeoutMs: TIMEOUT_MS };
  return runTool(command, args, signal === undefined ? options : { ...options, signal });
}

function toolProblem(because: string, error: unknown): KeyProblem {
  const kind = error instanceof WaybillError && error.kind === 'remote' ? 'remote' : 'user';
  const hint = error instanceof WaybillError ? error.hint : undefined;
  return problem(because, errorMessage(error), kind, hint);
}

function problem(because: string, what: string, kind: KeyProblem['kind'], hint?: string): KeyProblem {
  return {
    subject: because,
    what,
    hint: `${hint ?? 'Run it in a step before this one and see what it says.'} ${ELSE}`,
    kind,
  };
}
