/** How many lines of the output are kept to tell from. */
const KEPT = 400;
/** How many lines of a failing step are shown. */
const SHOWN = 20;

/** Splits a program's output into lines as it comes, and remembers the last ones. */
export interface ProgressTail {
  take(piece: Uint8Array): void;
  /** The last line, where it has no end. */
  end(): void;
  /** Why the build failed: the step, its last lines, and what BuildKit says. */
  failure(): string;
}

/** @param onLine each line, without its end */
export function createProgressTail(onLine: (line: string) => void): ProgressTail {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let rest = '';
  const tell = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT) lines.shift();
    onLine(line);
  };
  return {
    take(piece) {
      const parts = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
      rest = parts.pop() ?? '';
      parts.forEach(tell);
    },
    end() {
      rest += decoder.decode();
      if (rest !== '') tell(rest);
      rest = '';
    },
    failure: () => failureIn(lines),
  };
}

/**
 * What BuildKit's plain progress ends with when a step fails: between two lines of dashes ` > [step]:` and the step's last
 * lines, later `ERROR: …`.
 */
export function failureIn(lines: readonly string[]): string {
  const error = lines.findLast((line) => /^(ERROR|error): /.test(line))?.replace(/^\w+: /, '');
  const start = lines.findLastIndex((line) => /^ > .*:$/.test(line));
  const end = lines.findIndex((line, at) => at > start && /^-{6,}$/.test(line));
  const said = error ?? lines.findLast((line) => line.trim() !== '') ?? 'it says nothing';
  if (start === -1) return said;
  const step = (lines[start] ?? '').slice(3).replace(/:$/, '');
  const output = lines.slice(start + 1, end === -1 ? undefined : end);
  const shown = output.slice(-SHOWN).map((line) => `  ${line}`);
  return [`${step}: ${said}`, ...shown].join('\n');
}
