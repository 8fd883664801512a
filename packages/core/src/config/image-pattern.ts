/** Whether the pattern takes the image: `*` stands for anything but `/`, `**` for anything, all else for itself. */
export function matchesImage(pattern: string, image: string): boolean {
  return matchFrom(pattern.split(/(\*+)/), 0, image, 0, new Set());
}

/** How much a pattern says: literal characters, then how narrow its wildcards are. More of the first counts before the second. */
export function weightOf(pattern: string): readonly [literals: number, narrow: number] {
  const wildcards = pattern.match(/\*+/g) ?? [];
  const literals = pattern.length - wildcards.reduce((sum, each) => sum + each.length, 0);
  // No wildcard says more than one, `*` more than `**`.
  return [literals, -wildcards.reduce((sum, each) => sum + (each.length === 1 ? 1 : 1000), 0)];
}

/** Whether what is left of the pattern takes what is left of the image; `dead` keeps the many ways of many wildcards from being tried twice. */
function matchFrom(pieces: readonly string[], piece: number, image: string, at: number, dead: Set<string>): boolean {
  const part = pieces[piece];
  if (part === undefined) return at === image.length;
  const state = `${piece}:${at}`;
  if (dead.has(state)) return false;
  const found = part.startsWith('*')
    ? wildcard(part.length > 1, pieces, piece, image, at, dead)
    : image.startsWith(part, at) && matchFrom(pieces, piece + 1, image, at + part.length, dead);
  if (!found) dead.add(state);
  return found;
}

function wildcard(
  crosses: boolean,
  pieces: readonly string[],
  piece: number,
  image: string,
  at: number,
  dead: Set<string>,
): boolean {
  for (let end = at; end <= image.length; end += 1) {
    if (matchFrom(pieces, piece + 1, image, end, dead)) return true;
    if (!crosses && image[end] === '/') return false;
  }
  return false;
}
