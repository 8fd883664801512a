import { type Entry, type EntryInputs, keyProblems, resolveEntry } from '@waybill/core/cache';
import { type Parsed, parseKeyFrom, parsePreset } from '@waybill/core/keys';
import { parsePaths } from '@waybill/core/paths';
import { type Options, type Positional, seeHelp, usageError, type Values } from '../command/index.ts';
import type { Session } from '../session/index.ts';

/** What a key is derived from. */
export const DERIVE_OPTIONS = {
  preset: {
    type: 'text',
    value: 'NAME',
    help: 'package manager whose lockfiles and tools make the key: npm, pip, cargo, …',
  },
  from: {
    type: 'list',
    value: 'SOURCE',
    help: 'what else the key depends on: lock:GLOB, file:GLOB, tool:NAME, env:NAME',
  },
  auto: { type: 'flag', help: 'with --from: count the lockfiles that are found, and their tools, as well' },
  'cross-os': { type: 'flag', help: 'the entry is for every operating system and processor' },
} as const satisfies Options;

/** Options of verbs that mean an entry by its key and paths. */
export const ENTRY_OPTIONS = {
  'restore-key': {
    type: 'list',
    value: 'PREFIX',
    short: 'r',
    help: 'what else will do, where the key itself is not there: the newest entry whose key starts so',
  },
  ...DERIVE_OPTIONS,
} as const satisfies Options;

export const ENTRY_POSITIONALS: readonly Positional[] = [
  { name: 'KEY', help: '1 to 512 characters without a comma; `auto` derives it from lockfiles', required: true },
  {
    name: 'PATH',
    help: "files, folders and globs; a leading ! leaves out; with --preset none is needed, the tool's own folders count",
    required: false,
    rest: true,
  },
];

type DeriveValues = Values<typeof DERIVE_OPTIONS>;

/** What is derived: a key by the preset, by the sources, or by what is found where neither is given. */
export function readDerivation(
  { preset, from, auto }: Pick<DeriveValues, 'preset' | 'from' | 'auto'>,
  verb: string,
): Pick<EntryInputs, 'auto' | 'preset' | 'from'> {
  return {
    auto: auto || (preset === undefined && from.length === 0),
    preset: preset === undefined ? undefined : accept(parsePreset(preset), `--preset ${preset}`, verb),
    from: accept(parseKeyFrom(from), '--from', verb),
  };
}

/**
 * The entry that a command line means, its key derived where that is `auto`.
 * @throws WaybillError `USAGE`, `PATH_INVALID`, `KEY_NOT_DERIVED`
 */
export async function wantedEntry(
  verb: string,
  positionals: readonly string[],
  values: Values<typeof ENTRY_OPTIONS>,
  session: Session,
): Promise<Entry> {
  const [key = '', ...lines] = positionals;
  const derived = key === 'auto';
  const restoreKeys = values['restore-key'];
  const problems = [...keyProblems(key, restoreKeys)];
  if (!derived && (values.from.length > 0 || values.auto)) problems.push('--from and --auto need the key `auto`');
  if (lines.length === 0 && values.preset === undefined)
    problems.push('no PATH is given, and no --preset that names some');
  if (problems.length > 0) throw usageError(`waybill ${verb}: ${problems.join('; ')}`, seeHelp(verb));
  const { print, context, signal, runTool, env } = session;
  const runner = {
    info: print.info,
    notice: print.notice,
    warning: print.warning,
    group: <T>(title: string, body: () => Promise<T>): Promise<T> => {
      print.info(title);
      return body();
    },
  };
  return resolveEntry(
    {
      path: lines.length === 0 ? undefined : { lines, set: parsePaths(lines, context) },
      key: derived ? undefined : key,
      restoreKeys,
      ...readDerivation(values, verb),
      crossOsArchive: values['cross-os'],
    },
    {
      runner,
      context,
      tools: async () => ({ runTool, env }),
      signal,
    },
  );
}

function accept<T>(parsed: Parsed<T>, what: string, verb: string): T {
  if (parsed.ok) return parsed.value;
  throw usageError(
    `waybill ${verb}: ${what}: ${parsed.why}; accepted: ${parsed.accepted}; example: ${parsed.example}`,
    seeHelp(verb),
  );
}
