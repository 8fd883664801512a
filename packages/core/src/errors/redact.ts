const MASK = '***';

/** Shapes of credentials that must not be printed even where nobody registered them as secret. */
const PATTERNS: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{16,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}\b/g,
  /\bnpm_[A-Za-z0-9]{30,}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+/g,
  /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}/gi,
  /(?<=:\/\/)[^/@\s]+:[^/@\s]+(?=@)/g,
  /(?<=[?&](?:sig|X-Amz-Signature|X-Amz-Security-Token|access_token|token)=)[^&\s]+/gi,
];

/**
 * `text` without the given secrets and without anything that is shaped like a credential.
 * Secrets shorter than 4 characters are left alone: masking them would shred the text and reveal them.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let out = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= 4) out = out.split(secret).join(MASK);
  }
  for (const pattern of PATTERNS) out = out.replace(pattern, MASK);
  return out;
}
