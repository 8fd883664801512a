import { failure, json, type Reply } from './reply.ts';

/** The primary limit: so many requests an hour (REST API, "Rate limits for the REST API"). */
export interface Limits {
  /** Takes one request of the hour; the refusal where none is left. */
  take(): Reply | undefined;
  set(remaining: number): void;
  /** `x-ratelimit-…` of every answer. */
  headers(): Record<string, string>;
  /** `GET /rate_limit`, which costs nothing. */
  overview(): Reply;
  facts(): { readonly limit: number; readonly remaining: number; readonly used: number; readonly resetAt: number };
}

const HOUR_MS = 3_600_000;

export function createLimits(limit: number, clock: () => number): Limits {
  let used = 0;
  let resetAt = clock() + HOUR_MS;
  const renew = () => {
    if (clock() < resetAt) return;
    used = 0;
    resetAt = clock() + HOUR_MS;
  };
  const facts = () => ({ limit, remaining: Math.max(0, limit - used), used, resetAt });
  const headers = () => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(facts().remaining),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
    'x-ratelimit-resource': 'core',
  });
  return {
    take() {
      renew();
      if (used >= limit) return failure(403, 'API rate limit exceeded for installation.');
      used += 1;
      return undefined;
    },
    set(remaining) {
      used = limit - remaining;
    },
    headers,
    overview() {
      renew();
      const rate = { limit, remaining: facts().remaining, used, reset: Math.ceil(resetAt / 1000) };
      return json(200, { resources: { core: rate, search: rate, graphql: rate }, rate });
    },
    facts,
  };
}

/** The secondary limit in its two spellings. */
export function secondaryLimit(retryAfter: number | undefined): Reply {
  const more = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return failure(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    more,
  );
}

export function primaryLimit(resetAt: number): Reply {
  return failure(403, 'API rate limit exceeded for installation.', {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
  });
}
