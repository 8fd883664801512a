/** A row of a README's table of wrong inputs. */
export interface WrongInput {
  readonly name: string;
  /** What the table shows as the value, without its backticks; `⏎` in the table is a new line. */
  readonly value: string;
  /** What the message must hold. */
  readonly message: string;
}

/** The rows of the table below the heading `## <heading>`, so that tests hold an action to its own README. */
export function readWrongInputs(readme: string, heading = 'Wrong inputs'): readonly WrongInput[] {
  const section = readme.split(/^## /m).find((part) => part.split('\n')[0] === heading);
  const rows = section?.split('\n').filter((line) => line.startsWith('| `')) ?? [];
  return rows.map((row) => {
    const [name = '', value = '', message = ''] = row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => unspan(cell.trim().replaceAll('\\|', '|')));
    return { name, value: value.replaceAll('⏎', '\n'), message };
  });
}

function unspan(cell: string): string {
  return (/^(`+)(.*)\1$/.exec(cell)?.[2] ?? cell).trim();
}
