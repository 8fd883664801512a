import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type HttpResponse, readAll } from '../http/index.ts';
import { isTag } from '../oci/index.ts';
import type { Client } from './client.ts';
import { nextPage } from './next-page.ts';

/** Tags that are asked for at once; registries may give fewer. */
const PAGE_SIZE = 1000;
const MAX_PAGE_BYTES = 32 * 1024 * 1024;

/** See {@link Registry.tags}. @throws WaybillError `REGISTRY_PAGING` where the pages come round again */
export async function* listTags(client: Client, { signal }: IoOptions = {}): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  let to: string | URL | undefined = `tags/list?n=${PAGE_SIZE}`;
  while (to !== undefined) {
    const page: Page | undefined = await fetchPage(client, to, signal);
    if (page === undefined) return;
    yield page.tags;
    to = nextPage(page.response);
    if (to === undefined) return;
    if (seen.has(to.href)) {
      throw new WaybillError('REGISTRY_PAGING', `${to.host} gives the same page of its tags again`, { kind: 'remote' });
    }
    seen.add(to.href);
  }
}

interface Page {
  readonly tags: readonly string[];
  readonly response: HttpResponse;
}

function fetchPage(client: Client, to: string | URL, signal: AbortSignal | undefined): Promise<Page | undefined> {
  return client.retrying(async () => {
    const response = await client.send({
      method: 'GET',
      to,
      action: 'pull',
      signal,
      maxBodyBytes: MAX_PAGE_BYTES,
      accept: [200, 404],
    });
    if (response.status === 404) {
      await response.discard();
      return undefined;
    }
    return { tags: parseTags(await readAll(response.body, MAX_PAGE_BYTES)), response };
  }, signal);
}

/** `tags` is null where there are none. What is no tag is left out. */
function parseTags(body: Buffer): readonly string[] {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (typeof json !== 'object' || json === null || !('tags' in json)) return [];
    const tags: readonly unknown[] = Array.isArray(json.tags) ? json.tags : [];
    return tags.filter((tag) => typeof tag === 'string').filter(isTag);
  } catch (cause) {
    throw new WaybillError('REGISTRY_REFUSED', 'a list of tags is not JSON', { kind: 'remote', cause });
  }
}
