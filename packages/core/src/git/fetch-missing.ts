import type { IoOptions } from '../content/index.ts';
import type { Clone } from './clone.ts';

/**
 * Brings these objects, as git itself fetches what a partial clone lacks (git, promisor-remote.c), but many at once. What cannot be
 * had so, whoever reads it asks for again.
 */
export async function fetchMissing({ fetch }: Clone, ids: readonly string[], options?: IoOptions): Promise<void> {
  if (ids.length === 0) return;
  const input = Buffer.from(`${ids.join('\n')}\n`);
  const args = ['--no-prune', '--stdin', '--end-of-options', 'origin'];
  await fetch(args, { ...options, filter: 'blob:none', input, answers: [0, 1, 128] });
}
