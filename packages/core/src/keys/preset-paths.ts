import path from 'node:path';
import type { PathContext } from '../paths/index.ts';
import { type Asking, askFolder } from './ask-tool.ts';
import type { KeyDeps, KeyRequest } from './key-request.ts';
import { locateLockfiles } from './locate-lockfiles.ts';
import { type CachePlace, PRESETS } from './presets.ts';

export interface PresetPaths {
  /** Lines for `path`, in the order of the preset; nothing in them is a wildcard. */
  readonly lines: readonly string[];
  /** For the log: what was asked without an answer, and what counts instead. */
  readonly notes: readonly string[];
}

/**
 * The folders that a preset caches, on this machine: as the tool tells them, else as a variable does, else where they are
 * by default. A tool that does not answer within 10 s is a note, never an error.
 * Without a preset there are none. Tools are asked where `deriveKey` asks them: in the folder of the lockfiles.
 */
export async function findPresetPaths(request: KeyRequest, deps: KeyDeps): Promise<PresetPaths> {
  if (request.preset === undefined) return { lines: [], notes: [] };
  const asking: Asking = {
    runTool: deps.runTool,
    cwd: locateLockfiles(request).cwd,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  };
  const places = await Promise.all(
    PRESETS[request.preset].places.map((place) => findPlace(place, request, asking, deps.env)),
  );
  return { lines: places.flatMap(({ lines }) => lines), notes: places.flatMap(({ notes }) => notes) };
}

async function findPlace(
  place: CachePlace,
  { context }: KeyRequest,
  asking: Asking,
  env: KeyDeps['env'],
): Promise<PresetPaths> {
  const windows = context.platform === 'win32';
  const whys: string[] = [];
  for (const question of place.ask ?? []) {
    const answer = await askFolder(question, context.platform, asking);
    if ('folder' in answer) return { lines: partsOf(place, literal(answer.folder, windows), windows), notes: [] };
    whys.push(answer.why);
  }
  const moved = place.variable === undefined ? undefined : env[place.variable]?.trim() || undefined;
  const base = toLine(moved ?? place.defaults[system(context.platform)], asking.cwd, context);
  const what = moved === undefined ? 'the default' : place.variable;
  return {
    lines: partsOf(place, base, windows),
    notes: whys.length === 0 ? [] : [`${whys.join('; ')}: ${what} counts, ${base}`],
  };
}

function partsOf({ parts }: CachePlace, base: string, windows: boolean): readonly string[] {
  const stem = base.replace(windows ? /[/\\]+$/ : /\/+$/, '');
  return parts === undefined ? [base] : parts.map((part) => `${stem}/${part}`);
}

/** A place below the home folder, absolute, or relative to `cwd`, as a line of `path`: that is relative to the workspace. */
function toLine(place: string, cwd: string, { workspace, platform }: PathContext): string {
  if (place.startsWith('~/')) return place;
  const windows = platform === 'win32';
  const { isAbsolute, relative, resolve } = windows ? path.win32 : path.posix;
  const absolute = resolve(cwd, place);
  const inside = relative(workspace, absolute);
  if (isAbsolute(place) || isAbsolute(inside) || /^\.\.($|[/\\])/.test(inside)) return literal(absolute, windows);
  return literal(windows ? inside.replaceAll('\\', '/') : inside, windows) || '.';
}

/** A path as a `path` line that means nothing but it. */
function literal(place: string, windows: boolean): string {
  const escaped = place.replace(windows ? /[*?[]/g : /[*?[\\]/g, (char) => (char === '\\' ? '\\\\' : `[${char}]`));
  return /^[~!#]/.test(escaped) ? `./${escaped}` : escaped;
}

function system(platform: NodeJS.Platform): keyof CachePlace['defaults'] {
  return platform === 'win32' || platform === 'darwin' ? platform : 'linux';
}
