import { json, type Reply } from './reply.ts';
import type { Incoming } from './route.ts';

/** One page of a list, with the `Link` header that leads to the others (REST API, "Using pagination"). */
export function page(request: Incoming, items: readonly unknown[], most: number): Reply {
  const asked = Number(request.url.searchParams.get('per_page') ?? '30');
  const size = Math.max(1, Math.min(Number.isInteger(asked) ? asked : 30, most));
  const at = Math.max(1, Math.trunc(Number(request.url.searchParams.get('page') ?? '1')) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (rel: string, to: number) => {
    const url = new URL(request.url);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [link('prev', at - 1)] : []),
    ...(at < last ? [link('next', at + 1), link('last', last)] : []),
    ...(at > 1 ? [link('first', 1)] : []),
  ];
  return json(200, items.slice((at - 1) * size, at * size), links.length === 0 ? {} : { link: links.join(', ') });
}
