/** A row of a README's table of wrong inputs. */
export interface WrongInput {
  readonly name: string;
  /** What the input holds: `(empty)`, ``10 lines `a` `` and ``513 letters `k` `` are written out, `⏎` is a new line. */
  readonly value: string;
  /** The value as the table shows it, without its backticks. */
  readonly shown: string;
  /** What the message must hold. */
  readonly message: string;
}

/** The rows of the table below the heading `## <heading>`, so that tests hold an action to its own README. */
export function readWrongInputs(readme: string, heading = 'Wrong inputs'): readonly WrongInput[] {
  const section = readme.split(/^## /m).find((part) => part.split('\n')[0] === heading);
  const rows = section?.split('\n').filter((line) => line.startsWith('| `')) ?? [];
  return rows.map((row) => {
    const [name = '', shown = '', message = ''] = row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => unspan(cell.trim().replaceAll('\\|', '|')));
    return { name, value: writtenOut(shown), shown, message };
  });
}

function writtenOut(shown: string): string {
  if (shown === '(empty)') return '';
  const [, times, what, each = ''] = /^(\d+) (lines|letters) `(.+)`$/.exec(shown) ?? [];
  return times === undefined
    ? shown.replaceAll('⏎', '\n')
    : (what === 'lines' ? `${each}\n` : each).repeat(Number(times));
}

function unspan(cell: string): string {
  return (/^(`+)(.*)\1$/.exec(cell)?.[2] ?? cell).trim();
}
