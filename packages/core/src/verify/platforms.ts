import type { Platform } from '../oci/index.ts';

/**
 * `os/arch[/variant]`; undefined for anything else.
 * @param text as users write it
 */
export function parsePlatform(text: string): Platform | undefined {
  const [, os, architecture, variant] =
    /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text.trim().toLowerCase()) ?? [];
  if (os === undefined || architecture === undefined) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Variants that say nothing, because the processor has no other; `arm` alone is `arm/v7` (containerd, platforms/database.go). */
const PLAIN_VARIANT: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

/** Whether an image for `has` runs where `wanted` is asked for; without a variant any will do. */
export function matchesPlatform(has: Platform, wanted: Platform): boolean {
  if (has.os !== wanted.os || has.architecture !== wanted.architecture) return false;
  return wanted.variant === undefined || variantOf(has) === variantOf(wanted);
}

/** Whether a config and a descriptor tell of one platform; a variant that one of them leaves out is no difference. */
export function samePlatform(a: Platform, b: Platform): boolean {
  if (a.os !== b.os || a.architecture !== b.architecture) return false;
  return a.variant === undefined || b.variant === undefined || variantOf(a) === variantOf(b);
}

/** BuildKit's word for what runs nowhere (docs/attestations/attestation-storage.md). */
export function isUnknownPlatform({ os, architecture }: Platform): boolean {
  return os === 'unknown' && architecture === 'unknown';
}

/** The platform that an image's config names; undefined where it names none, or the unknown one. @throws where it is not JSON */
export function platformOf(config: Uint8Array): Platform | undefined {
  const json: unknown = JSON.parse(new TextDecoder().decode(config));
  if (typeof json !== 'object' || json === null || !('os' in json) || !('architecture' in json)) return undefined;
  const { os, architecture } = json;
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '') return undefined;
  const variant =
    'variant' in json && typeof json.variant === 'string' && json.variant !== '' ? json.variant : undefined;
  if (isUnknownPlatform({ os, architecture })) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function variantOf({ architecture, variant }: Platform): string | undefined {
  if (architecture === 'arm' && variant === undefined) return 'v7';
  return variant === undefined || variant === PLAIN_VARIANT[architecture] ? undefined : variant;
}
