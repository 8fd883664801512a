import { styleText } from 'node:util';

/** What the demo writes to: a terminal gets colour, a log gets plain text. */
export interface Printer {
  /** The heading of an act. */
  act(number: number, total: number, title: string): void;
  /** What happens now. */
  step(text: string): void;
  /** What was seen, and is as it should be. */
  good(text: string): void;
  plain(text: string): void;
  fail(text: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
}

export function createPrinter(out: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Printer {
  const colour = out.isTTY && !env['NO_COLOR'] && !env['CI'];
  const style = (format: 'bold' | 'green' | 'red' | 'dim' | 'cyan', text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const line = (text: string) => void out.write(`${text}\n`);
  return {
    act: (number, total, title) => line(`\n${style('cyan', `${number}/${total}`)} ${style('bold', title)}`),
    step: (text) => line(`  ${style('dim', '·')} ${text}`),
    good: (text) => line(`  ${style('green', '✓')} ${text}`),
    plain: line,
    fail: (text) => line(`\n${style('red', `✗ ${text}`)}`),
    table: (head, rows) => {
      const widths = head.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
      );
      // Words stand left, figures right.
      const pad = (text: string, column: number) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
      line(`  ${style('bold', head.map(pad).join('  '))}`);
      line(`  ${style('dim', widths.map((width) => '─'.repeat(width)).join('  '))}`);
      for (const row of rows) line(`  ${row.map(pad).join('  ')}`);
    },
  };
}

/** `12.3 MB`; units of a thousand, as disks and networks count. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = '';
  for (const next of units) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A digest as far as people compare it. */
export function short(digest: string): string {
  return `${digest.slice('sha256:'.length, 'sha256:'.length + 12)}…`;
}
