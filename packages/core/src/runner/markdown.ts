const SHOWN = 200;

/**
 * Text from outside as a code span that nothing in it can leave, in a table cell as well: one line, at most 200
 * characters (GitHub Flavored Markdown, sections 6.1 and 4.10).
 */
export function codeSpan(text: string): string {
  const oneLine = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const cut = oneLine.length > SHOWN ? `${oneLine.slice(0, SHOWN)}…` : oneLine;
  if (cut === '') return '';
  const longest = Math.max(0, ...(cut.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = cut.startsWith('`') || cut.endsWith('`') ? ' ' : '';
  // In a table a pipe ends the cell even inside a code span, unless a backslash stands before it.
  return `${fence}${padding}${cut.replaceAll('|', '\\|')}${padding}${fence}`;
}
