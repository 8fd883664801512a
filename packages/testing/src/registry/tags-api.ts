import { failure, type Incoming, json, type Reply } from './reply.ts';
import type { Repository } from './repositories.ts';
import type { Quirks } from './types.ts';

/** `/v2/<name>/tags/list` (distribution-spec 1.1, "Listing Tags"): lexical order, `n` and `last`, `Link`. */
export function answerTags(
  { method, url }: Incoming,
  repository: Repository | undefined,
  name: string,
  quirks: Quirks,
): Reply {
  if (method !== 'GET') return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
  if (repository === undefined) return failure(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const asked = url.searchParams.get('n');
  if (asked !== null && !/^\d+$/.test(asked))
    return failure(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested');
  const size = Math.min(Number(asked ?? quirks.pageSize), quirks.pageSize);
  const all = [...repository.tags.keys()].sort();
  if (quirks.tagOrder === 'reversed') all.reverse();
  const last = url.searchParams.get('last');
  const rest = last === null ? all : all.filter((tag) => (quirks.tagOrder === 'reversed' ? tag < last : tag > last));
  const page = rest.slice(0, size);
  const end = page.at(-1);
  const more = page.length < rest.length && end !== undefined;
  const link = `</v2/${name}/tags/list?n=${size}&last=${encodeURIComponent(end ?? '')}>; rel="next"`;
  return json(200, { name, tags: page }, more ? { link } : {});
}
