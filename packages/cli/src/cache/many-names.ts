import type { RegistryConnection } from '@waybill/core/cache';

/** More names than this are more than anybody looks through, and make a listing slow. */
export const MANY_NAMES = 5000;

/** More tags than this make look-ups by prefix slow, which read them all, page by page. */
export const MANY_TAGS = 5000;

export function tooManyNames(count: number): string {
  return (
    `${shown(count)} names are in the store, more than ${shown(MANY_NAMES)}: look-ups by prefix get slow. Delete old ones ` +
    '(waybill cache delete --prefix …), or save with fewer --retention-days'
  );
}

/** Tags of others count as well: a look-up reads past them. */
export function tooManyTags(count: number): string {
  return (
    `${shown(count)} tags are in the repository, more than ${shown(MANY_TAGS)}: look-ups by prefix, which read them all, get ` +
    'slow. Name a fresh repository, or delete old entries where the registry deletes (waybill cache delete --prefix …)'
  );
}

/** All tags of the repository. @throws what {@link RegistryConnection} throws */
export async function countTags({ registry }: RegistryConnection, signal: AbortSignal): Promise<number> {
  let tags = 0;
  for await (const page of registry.tags({ signal })) tags += page.length;
  return tags;
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}
