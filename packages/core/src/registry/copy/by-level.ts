import type { Digest } from '../../oci/index.ts';

/**
 * Visits these and what each visit names, level by level, each once. The very first is visited alone: what its answer
 * tells of the registry holds for the others.
 * @returns all that were visited
 */
export async function byLevel(
  start: readonly Digest[],
  visit: (subject: Digest) => Promise<readonly Digest[]>,
): Promise<readonly Digest[]> {
  const visited = new Set<Digest>();
  let level = start.slice(0, 1);
  let waiting = start.slice(1);
  while (level.length > 0) {
    for (const each of level) visited.add(each);
    const named = (await Promise.all(level.map(visit))).flat();
    level = [...new Set([...waiting, ...named])].filter((each) => !visited.has(each));
    waiting = [];
  }
  return [...visited];
}
