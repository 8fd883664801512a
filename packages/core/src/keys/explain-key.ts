import type { DerivedKey, KeyField } from './derived-key.ts';

/**
 * A table for people, lines of plain text without one at the end: the key, each field with its value or the start of its
 * hash and where it came from, and what each restore-key still finds. Values of variables are never in it.
 */
export function explainKey({ key, restoreKeys, fields }: DerivedKey): string {
  const rows = fields.map((field) => [nameOf(field), shortValue(field.value), field.source].map(oneLine));
  return [
    `key: ${key}`,
    '',
    ...table([['field', 'value', 'from'], ...rows]),
    '',
    'restore-keys:',
    ...table(restoreKeys.map((each, index) => [`  ${each}`, WIDER[index] ?? ''])),
  ].join('\n');
}

/** What a prefix finds besides, in the order in which a key is cut. */
const WIDER = [
  'the same lockfiles with other contents',
  'other lockfiles, the same tools',
  'other lockfiles, other versions of the tools',
];

function nameOf({ kind, name }: KeyField): string {
  return name === '' ? kind : `${kind} ${name}`;
}

/** So much of a hash as is enough to compare two runs. */
function shortValue(value: string): string {
  return value.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
}

/** A file name may hold line breaks and escape sequences; a log must not obey them. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, at) => Math.max(known[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
