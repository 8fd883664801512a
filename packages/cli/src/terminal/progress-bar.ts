import { formatCount, formatSize } from './quantity.ts';

/** How far long work is. */
export interface ProgressState {
  /** What is done, a word: `restoring`. */
  readonly what: string;
  readonly files: number;
  readonly bytes: number;
  /** Of what there is in all; where it is known. */
  readonly total?: { readonly files: number } | { readonly bytes: number };
}

/** A line that shows it; gone once the work is over. */
export interface ProgressBar {
  update(state: ProgressState): void;
  /** Takes the line away, so that something else can be written; the next update draws it again. */
  clear(): void;
}

export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/** Between two drawings, in milliseconds. */
const BETWEEN = 100;
const CELLS = 24;

/** A bar on a terminal. */
export function createProgressBar(stream: ProgressStream, now: () => number): ProgressBar {
  let drawnAt: number | undefined;
  let drawn = false;
  return {
    update(state) {
      const time = now();
      if (drawn && drawnAt !== undefined && time - drawnAt < BETWEEN) return;
      drawnAt = time;
      drawn = true;
      // One column less than there are: a full line makes some terminals wrap. Some say that they have 0.
      stream.write(`\r\u001b[2K${progressLine(state).slice(0, (stream.columns || 80) - 1)}`);
    },
    clear() {
      if (!drawn) return;
      drawn = false;
      stream.write('\r\u001b[2K');
    },
  };
}

/** `restoring  [######------]  50%  1,234 files  1.5 MiB`; without a total neither bar nor percentage. */
export function progressLine({ what, files, bytes, total }: ProgressState): string {
  const numbers = `${formatCount(files, 'file')}  ${formatSize(bytes)}`;
  const share = total === undefined ? undefined : shareOf('files' in total ? files : bytes, total);
  if (share === undefined) return `${what}  ${numbers}`;
  const full = Math.floor(share * CELLS);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${what}  [${'#'.repeat(full)}${'-'.repeat(CELLS - full)}] ${percent}  ${numbers}`;
}

function shareOf(done: number, total: NonNullable<ProgressState['total']>): number | undefined {
  const all = 'files' in total ? total.files : total.bytes;
  return all > 0 ? Math.min(1, done / all) : undefined;
}
