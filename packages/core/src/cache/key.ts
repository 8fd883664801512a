const MAX_KEY_LENGTH = 512;
const MAX_KEYS = 10;

/**
 * What is wrong with these keys by the rules of actions/cache, one clause each; empty where nothing is.
 * 1 to 512 characters, no comma, at most 10 keys with the primary one.
 */
export function keyProblems(key: string, restoreKeys: readonly string[]): readonly string[] {
  const problems = [key, ...restoreKeys].flatMap((each) => {
    const name = each.length > 40 ? `${each.slice(0, 40)}…` : each;
    if (each === '') return ['a key is empty'];
    if (each.length > MAX_KEY_LENGTH)
      return [`${JSON.stringify(name)} has ${each.length} characters, at most ${MAX_KEY_LENGTH} are allowed`];
    if (each.includes(',')) return [`${JSON.stringify(name)} holds a comma`];
    if (!each.isWellFormed()) return [`${JSON.stringify(name)} holds half a Unicode character`];
    return [];
  });
  const count = restoreKeys.length + 1;
  return count > MAX_KEYS
    ? [...problems, `there are ${count} keys with the primary one, at most ${MAX_KEYS} are allowed`]
    : problems;
}

/** Whether a matched key counts as the key itself: case does not count, accents do, as with actions/cache. */
export function isSameKey(key: string, matched: string): boolean {
  return key.localeCompare(matched, undefined, { sensitivity: 'accent' }) === 0;
}
