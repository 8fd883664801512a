import { randomUUID } from 'node:crypto';

/** Addresses that are secrets: who has one may fetch what it is for, and nothing else, for a while. */
export interface Addresses {
  /** Path and query. */
  sign(path: string, lifeMs: number): string;
  isGood(url: URL): boolean;
}

export function createAddresses(now: () => number): Addresses {
  const signed = new Map<string, { readonly path: string; readonly until: number }>();
  return {
    sign(path, lifeMs) {
      const signature = randomUUID();
      signed.set(signature, { path, until: now() + lifeMs });
      return `${path}?sig=${signature}`;
    },
    isGood({ pathname, searchParams }) {
      const known = signed.get(searchParams.get('sig') ?? '');
      return known !== undefined && known.path === pathname && now() < known.until;
    },
  };
}
