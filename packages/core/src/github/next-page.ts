/** The URL of the next page, from a `Link` header (RFC 8288); undefined on the last. */
export function nextPage(header: string | undefined): string | undefined {
  for (const [, url, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;[^,<]*)*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters)) return url;
  }
  return undefined;
}
