// Prints what is in dist and fails above the budget: every job that uses an action downloads all of it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readFiles } from './build.mjs';

const BUDGET = 4 * 1024 * 1024;

/**
 * Lines to print, and whether the sum is within the budget.
 * @param {Map<string, { readonly length: number }>} files
 * @param {number} budget in bytes
 * @returns {{ lines: string[], ok: boolean }}
 */
export function report(files, budget = BUDGET) {
  const entries = [...files].map(([name, content]) => ({ name, size: content.length }));
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  const ok = total <= budget;
  entries.sort((a, b) => b.size - a.size || a.name.localeCompare(b.name));
  return {
    ok,
    lines: [
      ...entries.map(({ name, size }) => `${String(size).padStart(9)}  ${name}`),
      `${String(total).padStart(9)}  in all, of ${budget} allowed${ok ? '' : `: ${total - budget} too many`}`,
    ],
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dist = path.join(path.dirname(import.meta.dirname), 'dist');
  if (existsSync(path.join(dist, 'index.js'))) {
    const { lines, ok } = report(readFiles(dist));
    for (const line of lines) console.log(line);
    process.exitCode = ok ? 0 : 1;
  } else {
    console.error('sizes: there is no dist; run `npm run build` first.');
    process.exitCode = 1;
  }
}
