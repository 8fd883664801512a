import { findNotice, findSecret, isCredentialPath } from '../secrets/index.ts';
import type { Finding, SecretScan } from './tasks.ts';

/** What a file holds that should not be saved. `path` is below the base; both are byte strings. */
export function scanFile(scan: SecretScan, base: number, path: string, file: number, content: Buffer): Finding[] {
  for (const needle of scan.needles) {
    if (content.indexOf(needle) >= 0) return [{ file, kind: 'a token of this step', refuse: true }];
  }
  const full = scannedName(scan, base, path);
  if (isCredentialPath(full)) {
    const secret = findSecret(full, content);
    return secret === undefined ? [] : [{ file, kind: secret.kind, refuse: true }];
  }
  const notice = findNotice(full, content);
  return notice === undefined ? [] : [{ file, kind: notice.kind, refuse: false }];
}

/** The path that the rules about secrets are asked with. */
export function scannedName(scan: SecretScan, base: number, path: string): string {
  const name = scan.names[base] ?? '';
  return path === '' ? name : `${name}/${path}`;
}
