import { createHmac } from 'node:crypto';
import { sameText } from './runtime-token.ts';

/** What an address allows: writing a blob that is not whole yet, or reading one that is. */
export type Allowed = 'write' | 'read';

/** The letters of `sp` in a shared access signature (Azure, "Create a service SAS"). */
const LETTERS = { write: 'cw', read: 'r' } as const;
/** Account and container. On a host that is an address, the client takes the first for the account, else both for the container and a folder. */
const ROOT = '/cacheservice/actions-cache/';

/** An address by which whoever has it may do one thing with one blob until `expiresAt`. */
export function signAddress(
  origin: string,
  id: string,
  allowed: Allowed,
  { secret, expiresAt }: { readonly secret: string; readonly expiresAt: number },
): string {
  const url = new URL(`${ROOT}${id}`, origin);
  const sp = LETTERS[allowed];
  const se = new Date(expiresAt).toISOString();
  url.search = new URLSearchParams({
    sv: '2025-11-05',
    sr: 'b',
    sp,
    se,
    sig: signatureOf(id, sp, se, secret),
  }).toString();
  return url.href;
}

/** The blob's id; undefined where the path is no blob's, or what is asked for is not allowed (any more). */
export function readAddress(
  url: URL,
  wanted: Allowed,
  { secret, now }: { readonly secret: string; readonly now: number },
): string | undefined {
  const id = blobId(url);
  const [sp, se, sig] = ['sp', 'se', 'sig'].map((name) => url.searchParams.get(name) ?? '');
  if (id === undefined || sp !== LETTERS[wanted] || se === undefined || sig === undefined) return undefined;
  return sameText(sig, signatureOf(id, sp, se, secret)) && now < Date.parse(se) ? id : undefined;
}

/** The blob that a path is about; undefined where it is about none. */
export function blobId({ pathname }: URL): string | undefined {
  return pathname.startsWith(ROOT) ? /^\d+$/.exec(pathname.slice(ROOT.length))?.[0] : undefined;
}

function signatureOf(id: string, sp: string, se: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([id, sp, se]))
    .digest('base64');
}
