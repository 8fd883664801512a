import { findNotice, findSecret, isCredentialPath } from '../../secrets/index.ts';
import type { Finding, SecretScan } from './tasks.ts';

/** What a file holds that should not be saved. `path` is below the base; both are byte strings. */
export function scanFile(scan: SecretScan, base: number, path: string, file: number, content: Buffer): Finding[] {
  const needles = scanForNeedles(scan, file, content);
  if (needles.length > 0) return needles;
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
  return held ? [{ file, kind: 'a token of this step', refuse: true }] : [];
}

/** The path that the rules about secrets are asked with. */
export function scannedName(scan: SecretScan, base: number, path: string): string {
  const name = scan.names[base] ?? '';
  return path === '' ? name : `${name}/${path}`;
}
