import type { HttpResponse } from '../http/index.ts';

/**
 * The page after this one, as `Link: <…>; rel="next"` names it (RFC 8288): the path and query of the link on the host
 * that was asked, because registries behind proxies get their own name wrong and no token goes elsewhere.
 */
export function nextPage(response: HttpResponse): URL | undefined {
  const link = response.headers['link'];
  if (link === undefined) return undefined;
  for (const [, target, parameters] of link.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters ?? '')) continue;
    const url = URL.parse(target ?? '', response.url.href);
    return url === null ? undefined : new URL(`${url.pathname}${url.search}`, response.url.origin);
  }
  return undefined;
}
