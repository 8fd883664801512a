import { createHash } from 'node:crypto';
import { WaybillError } from '../errors/index.ts';

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hex characters (OCI image-spec, descriptor.md#digests). Only {@link parseDigest} and {@link digestOf} make one. */
export type Digest = string & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The digest that `text` spells. Only sha256 is known.
 * @throws WaybillError `DIGEST_INVALID`
 */
export function parseDigest(text: unknown): Digest {
  if (isDigest(text)) return text;
  throw new WaybillError('DIGEST_INVALID', `not a digest: ${JSON.stringify(text)}`, {
    kind: 'user',
    hint: 'A digest is "sha256:" followed by 64 lower-case hex characters.',
  });
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** The sha256 digest of these bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return digestFromHex(createHash('sha256').update(bytes).digest('hex'));
}

/** The digest with this hex, as `createHash('sha256').digest('hex')` gives it. @throws WaybillError `DIGEST_INVALID` */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The digest with these 32 raw bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  return digestFromHex(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'));
}

/** The 64 hex characters. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
