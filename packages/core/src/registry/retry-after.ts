const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds to wait: from a `Retry-After` header (seconds or a date, RFC 9110 section 10.2.3), else from a Go
 * duration in the body, as GHCR writes it (`retry-after: 12.5ms, allowed: 2000/minute`).
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(header: string | undefined, body: string, now: number): number | undefined {
  if (header !== undefined) {
    if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  const [, text] = /retry-after:\s*((?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+)/i.exec(body) ?? [];
  return text === undefined ? undefined : goDuration(text);
}

function goDuration(text: string): number {
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/gi)) {
    total += Number(number) * (UNIT_MS[(unit ?? '').toLowerCase()] ?? 0);
  }
  return Math.ceil(total);
}
