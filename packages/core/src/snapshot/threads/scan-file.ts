import { findNotice, findSecret, isCredentialPath } from '../../secrets/index.ts';
import type { Finding, SecretScan } from './tasks.ts';

const TOKEN = 'a token of this step';

/** What a file holds that should not be saved. `path` is below the base; both are byte strings. */
export function scanFile(scan: SecretScan, base: number, path: string, file: number, content: Buffer): Finding[] {
  const needles = scanForNeedles(scan, file, content);
  return needles.length > 0 ? needles : scanByPlace(scan, base, path, file, content);
}

/** What stands in a file because of where the file lies, or because of how it begins; not the tokens of the step. */
export function scanByPlace(scan: SecretScan, base: number, path: string, file: number, content: Buffer): Finding[] {
  const full = scannedName(scan, base, path);
  if (isCredentialPath(full)) {
    const secret = findSecret(full, content);
    return secret === undefined ? [] : [{ file, kind: secret.kind, refuse: true }];
  }
  const notice = findNotice(full, content);
  return notice === undefined ? [] : [{ file, kind: notice.kind, refuse: false }];
}

/** Whether these bytes of a file hold a token of the step. */
export function scanForNeedles(scan: SecretScan, file: number, bytes: Buffer): Finding[] {
  const held = scan.needles.some((needle) => bytes.indexOf(needle) >= 0);
  return held ? [{ file, kind: TOKEN, refuse: true }] : [];
}

/** Files that lie one behind the other in `bytes`, each from its `start` to its `end`. */
export interface ScannedGroup {
  readonly bytes: Buffer;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

/**
 * The first file of a group that holds a token of the step. Looked for in all of them at once, which for files of a few kB takes
 * a third of the time that it takes one by one; what only stands across two files is none.
 */
export function scanGroup(scan: SecretScan, { bytes, start, end }: ScannedGroup): Finding[] {
  const found = scan.needles.flatMap((needle) => {
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
      const file = end.findIndex((last, row) => at >= (start[row] ?? 0) && at + needle.length <= last);
      if (file >= 0) return [file];
    }
    return [];
  });
  return found.length === 0 ? [] : [{ file: Math.min(...found), kind: TOKEN, refuse: true }];
}

/** The path that the rules about secrets are asked with. */
export function scannedName(scan: SecretScan, base: number, path: string): string {
  const name = scan.names[base] ?? '';
  return path === '' ? name : `${name}/${path}`;
}
