/** One `WWW-Authenticate` challenge (RFC 9110 section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The challenges of a header, several in one line too; what cannot be read is left out. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const item = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))|(${token})(?=\\s|,|$)`, 'g');
  for (const [, name, quoted, bare, scheme] of header.matchAll(item)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    else if (name !== undefined) {
      const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
      const last = challenges.at(-1);
      if (last !== undefined && value !== undefined) last.parameters[name.toLowerCase()] ??= value;
    }
  }
  return challenges;
}
