import { nearest, WaybillError } from '../errors/index.ts';
import { createSchemaCheck, type SchemaProblem } from '../schema/index.ts';
import { channelProblems } from './channel-problems.ts';
import type { Config } from './config.ts';
import { CONFIG_SCHEMA } from './config-schema.ts';
import { readYaml, type TextProblem, type YamlText } from './read-yaml.ts';
import { toConfig } from './to-config.ts';

/** 256 KiB: some hundred times what a file of a large organisation has. */
const MAX_CONFIG_BYTES = 256 * 1024;
const SHOWN = 50;

const check = createSchemaCheck(CONFIG_SCHEMA);

/**
 * The configuration in the text of a `.github/waybill.yml`.
 * @param text UTF-8 where it is bytes
 * @param file its name, for messages
 * @throws WaybillError `CONFIG_INVALID` (user) with every problem, each as `file:line:column what`
 */
export function parseConfig(text: string | Uint8Array, file: string): Config {
  const yaml = readYaml(decode(text, file));
  const problems = [...yaml.problems, ...(yaml.value === undefined ? [] : schemaProblems(yaml))];
  if (problems.length > 0) throw configInvalid(file, problems);
  const config = toConfig(yaml.value, file);
  const between = channelProblems(config);
  if (between.length === 0) return config;
  throw configInvalid(
    file,
    between.map(({ path, message }) => ({ ...yaml.place(path, 'value'), message })),
  );
}

function decode(text: string | Uint8Array, file: string): string {
  const size = typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength;
  if (size > MAX_CONFIG_BYTES) {
    throw configInvalid(file, [
      { line: 1, column: 1, message: `the file has ${size} bytes, at most ${MAX_CONFIG_BYTES}` },
    ]);
  }
  if (typeof text === 'string') return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw configInvalid(file, [{ line: 1, column: 1, message: 'the file is not UTF-8' }]);
  }
}

function schemaProblems(yaml: YamlText): TextProblem[] {
  return check(yaml.value).map((problem) => ({
    ...(problem.kind === 'unknown-field' || problem.kind === 'wrong-name'
      ? yaml.place([...problem.path, problem.field], 'name')
      : yaml.place(problem.path, 'value')),
    message: messageOf(problem),
  }));
}

function messageOf(problem: SchemaProblem): string {
  const where = problem.path.length === 0 ? '' : ` in ${problem.path.join('.')}`;
  switch (problem.kind) {
    case 'unknown-field': {
      const near = nearest(problem.field, problem.known);
      const known =
        near === undefined ? `, known are ${problem.known.join(', ')}` : `, did you mean ${JSON.stringify(near)}?`;
      return `unknown field ${shown(problem.field)}${where}${known}`;
    }
    case 'missing-field':
      return `the field ${shown(problem.field)} is missing${where}`;
    case 'wrong-name':
      return `${shown(problem.field)}${where} is not a name that is taken here: expected ${problem.expected}`;
    case 'wrong-value':
      return `${problem.path.join('.') || 'the file'}: expected ${problem.expected}`;
  }
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function configInvalid(file: string, problems: readonly TextProblem[]): WaybillError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.slice(0, SHOWN).map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
  if (sorted.length > SHOWN) lines.push(`and ${sorted.length - SHOWN} more`);
  return new WaybillError(
    'CONFIG_INVALID',
    lines.length === 1 ? (lines[0] ?? '') : `${sorted.length} problems:\n${lines.join('\n')}`,
    {
      kind: 'user',
      hint: 'What the file may hold stands in docs/config.md and docs/schemas/waybill-config-v1.schema.json.',
    },
  );
}
