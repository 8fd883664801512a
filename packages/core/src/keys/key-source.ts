import { isPresetName, PRESET_NAMES, type PresetName } from './presets.ts';
import { isToolName, TOOL_NAMES, type ToolName } from './tools.ts';

/** One line of `key-from`: something else that the key depends on. */
export type KeySource =
  /** Lockfiles: a path or a glob. They stand in the key by name. */
  | { readonly kind: 'lock'; readonly pattern: string }
  | { readonly kind: 'tool'; readonly tool: ToolName }
  | { readonly kind: 'env'; readonly name: string }
  /** Files: a path, a folder or a glob. Only their contents and names count. */
  | { readonly kind: 'file'; readonly pattern: string };

/** What a text meant, or what is wrong with it in the words of an input's problem. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & WrongText);

export interface WrongText {
  readonly why: string;
  readonly accepted: string;
  readonly example: string;
}

/** A name of the table. An empty text is none, and wrong here. */
export function parsePreset(text: string): Parsed<PresetName> {
  if (isPresetName(text)) return { ok: true, value: text };
  return { ok: false, why: 'there is no such preset', accepted: quoted(PRESET_NAMES), example: 'npm' };
}

/** Lines of `key-from`; empty ones and those that start with `#` say nothing. All that is wrong with them is in one answer. */
export function parseKeyFrom(lines: readonly string[]): Parsed<readonly KeySource[]> {
  const sources: KeySource[] = [];
  const problems: string[] = [];
  for (const line of lines.map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const source = parseLine(line);
    if (typeof source === 'string') problems.push(`${JSON.stringify(line)}: ${source}`);
    else sources.push(source);
  }
  if (problems.length === 0) return { ok: true, value: sources };
  return {
    ok: false,
    why: problems.join('; '),
    accepted: '`lock:GLOB`, `tool:NAME`, `env:NAME` and `file:GLOB`, one a line',
    example: 'lock:Cargo.lock',
  };
}

/** The source, or what is wrong with the line. */
function parseLine(line: string): KeySource | string {
  const colon = line.indexOf(':');
  const [kind, rest] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  switch (kind) {
    case 'lock':
    case 'file':
      if (rest === '') return `nothing follows \`${kind}:\``;
      return rest.startsWith('!') ? 'nothing can be left out with `!`; name what counts' : { kind, pattern: rest };
    case 'tool':
      return isToolName(rest) ? { kind, tool: rest } : `no tool of that name is known; known are ${quoted(TOOL_NAMES)}`;
    case 'env':
      return /^[^\s=]+$/.test(rest) ? { kind, name: rest } : 'this is not the name of a variable';
    default:
      return 'it starts with none of `lock:`, `tool:`, `env:`, `file:`';
  }
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
