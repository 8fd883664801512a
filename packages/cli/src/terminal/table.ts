import { widthOf } from './plain-text.ts';

export interface Column {
  readonly title: string;
  /** `right` for numbers. */
  readonly align: 'left' | 'right';
}

/**
 * Lines of a table, titles first, two blanks between columns, nothing after the last. Cells may hold colours, no line
 * breaks. Without rows there are no lines.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => widthOf(cells[at] ?? ''))));
  return lines.map((cells) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const blanks = ' '.repeat((widths[at] ?? 0) - widthOf(cell));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of names and values, `name  value`, values aligned. Undefined values leave their line out. */
export function formatFields(fields: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const known = fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = Math.max(0, ...known.map(([name]) => widthOf(name)));
  return known.map(([name, value]) => `${name}${' '.repeat(width - widthOf(name))}  ${value}`);
}
