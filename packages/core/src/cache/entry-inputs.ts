import type { KeySource, Parsed, PresetName } from '../keys/index.ts';
import type { PathContext } from '../paths/index.ts';
import type { InputReader } from '../runner/index.ts';
import { type PathInput, readKey, readPaths, readRestoreKeys } from './step-inputs.ts';

/** What a step says of the entry that it means. What it leaves out is derived. */
export interface EntryInputs {
  /** Undefined where the preset tells it. */
  readonly path: PathInput | undefined;
  /** Undefined where it is derived. */
  readonly key: string | undefined;
  readonly restoreKeys: readonly string[];
  /** Whether `key` is `auto`. */
  readonly auto: boolean;
  readonly preset: PresetName | undefined;
  readonly from: readonly KeySource[];
}

/** The inputs' names. */
export interface EntryInputNames {
  readonly path: string;
  /** A second name of `path`. */
  readonly alias: string;
  readonly key: string;
  /** Left out by a step that has no such input. */
  readonly restoreKeys?: string;
  readonly preset: string;
  readonly from: string;
}

/** Reads what names an entry: paths and key, or what they follow from. */
export async function readEntry(
  reader: InputReader,
  names: EntryInputNames,
  context: PathContext,
): Promise<EntryInputs> {
  const hasPreset = reader.text(names.preset) !== '';
  const hasPath = reader.text(names.path) !== '' || reader.text(names.alias) !== '';
  return {
    path: hasPreset && !hasPath ? undefined : readPaths(reader, names.path, names.alias, context),
    key: readKey(reader, names.key, { derivable: hasPreset || reader.text(names.from) !== '' }),
    restoreKeys: names.restoreKeys === undefined ? [] : readRestoreKeys(reader, names.restoreKeys),
    auto: reader.text(names.key) === 'auto',
    preset: await readPreset(reader, names.preset),
    from: await readKeyFrom(reader, names.from),
  };
}

/** The words that are accepted live with what derives keys: loaded only where one of them is given. */
async function readPreset(reader: InputReader, name: string): Promise<PresetName | undefined> {
  const value = reader.text(name);
  if (value === '') return undefined;
  const { parsePreset } = await import('../keys/index.ts');
  return accept(reader, name, parsePreset(value));
}

async function readKeyFrom(reader: InputReader, name: string): Promise<readonly KeySource[]> {
  const value = reader.text(name);
  if (value === '') return [];
  const { parseKeyFrom } = await import('../keys/index.ts');
  const sources = accept(reader, name, parseKeyFrom(reader.lines(name)));
  if (sources?.length === 0) {
    reader.reject({
      name,
      value,
      why: 'all its lines are comments',
      accepted: '`lock:GLOB`, `tool:NAME`, `env:NAME` and `file:GLOB`, one a line',
      example: 'lock:Cargo.lock',
    });
  }
  return sources ?? [];
}

function accept<T>(reader: InputReader, name: string, parsed: Parsed<T>): T | undefined {
  if (parsed.ok) return parsed.value;
  const { why, accepted, example } = parsed;
  reader.reject({ name, value: reader.text(name), why, accepted, example });
  return undefined;
}
