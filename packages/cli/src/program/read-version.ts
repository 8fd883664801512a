import { readFileSync } from 'node:fs';

/** The version in a package.json; `unknown` where none stands there. @throws the system's error, SyntaxError */
export function readVersion(file: URL): string {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json ? String(json.version) : 'unknown';
}
