import { holdsPrivateKey, RULES } from './rules.ts';

/** Credential files are small; what stands past this many bytes is not looked at. */
const LOOKED_AT = 1024 * 1024;

/** A key file begins with its key, or with a few lines about it. */
const KEY_LOOKED_AT = 4096;

/** Any path that a rule may match holds one of these, so that most paths cost one test. */
const CANDIDATE =
  /npmrc|yarnrc|\.git|git\/|git-cred|\.docker|containers\/auth|netrc|\.aws\/|gcloud\/|gha-creds|\.azure\/|\.kube\/|cargo\/cred|\.pypirc|gh\/hosts|\.ssh\/|\.minikube\/|\.gnupg\/|sops\/age|pnpm\//;

/**
 * Whether a file's content must be looked at because of where it lies. `path` is the name of its root, `/`, and its
 * path, one character a byte, `/` between folders; case does not count.
 */
export function isCredentialPath(path: string): boolean {
  const place = placeOf(path);
  return CANDIDATE.test(place) && RULES.some((rule) => rule.path.test(place));
}

/**
 * The credential in the file at `path` (as in {@link isCredentialPath}), or undefined. Placeholders such as `${NAME}`
 * and empty values are none. Says what kind was found, never its value.
 */
export function findSecret(path: string, bytes: Uint8Array): { readonly kind: string } | undefined {
  const place = placeOf(path);
  if (!CANDIDATE.test(place)) return undefined;
  const rules = RULES.filter((rule) => rule.path.test(place));
  if (rules.length === 0) return undefined;
  const text = textOf(bytes, LOOKED_AT);
  const rule = rules.find((each) => each.found(text));
  return rule === undefined ? undefined : { kind: rule.kind };
}

/**
 * A private key at a place where no tool keeps its own. Worth a notice and no more: package caches hold dozens of keys
 * that tests use.
 */
export function findNotice(path: string, bytes: Uint8Array): { readonly kind: string } | undefined {
  if (!startsLikeKey(bytes) || isCredentialPath(path)) return undefined;
  return holdsPrivateKey(textOf(bytes, KEY_LOOKED_AT)) ? { kind: 'private key' } : undefined;
}

/** Asked of every file, so the first byte decides for nearly all: a dash, `PuTTY`, `AGE`, `Bag Attributes`, a comment. */
function startsLikeKey(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first !== undefined && '-PAB#'.includes(String.fromCharCode(first));
}

function placeOf(path: string): string {
  return `/${path.toLowerCase()}`;
}

function textOf(bytes: Uint8Array, limit: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, limit)).toString('latin1');
}
