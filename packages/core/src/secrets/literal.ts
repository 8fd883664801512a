/** npm and Yarn replace these when they read the file: `${NAME}`, npm also `${NAME?}`, Yarn also `${NAME-…}`, `${NAME:-…}`. */
const PLACEHOLDER = /\$\{[^}:?-]+(?:\?|:?-([^}]*))?\}/g;

/** A default that stands in for a token is short (`dummy`); real tokens have 16 characters and more. */
const SHORTEST_TOKEN = 16;

/**
 * Whether a setting's value is a credential in itself: not empty, not `null`, and not made of placeholders alone. A
 * placeholder's default counts where it is long enough to be a token.
 */
export function isLiteral(value: string): boolean {
  const bare = value.trim().replace(/^(["'])(.*)\1$/, '$2');
  const rest = bare.replace(PLACEHOLDER, (_, fallback: string | undefined) =>
    fallback !== undefined && fallback.length >= SHORTEST_TOKEN ? fallback : '',
  );
  return !/^(?:\s|["'~]|null)*$/.test(rest);
}
