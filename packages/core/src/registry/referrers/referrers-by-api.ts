import { readAll } from '../../http/index.ts';
import { type Descriptor, type Digest, MAX_MANIFEST_BYTES, MediaType } from '../../oci/index.ts';
import type { Client } from '../client.ts';
import { nextPage } from '../next-page.ts';
import { RegistryError } from '../registry-error.ts';
import type { ApiReferrers } from '../types.ts';
import { entriesOf } from './referrer.ts';

/** More pages than this are another registry's mistake. */
const MAX_PAGES = 100;

/** See {@link Registry.referrersByApi}. The type is not asked for: registries filter by the wrong one. */
export async function referrersByApi(
  client: Client,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<ApiReferrers> {
  const all: Descriptor[] = [];
  let to: string | URL | undefined = `referrers/${subject}`;
  try {
    for (let pages = 0; to !== undefined && pages < MAX_PAGES; pages += 1) {
      const at: string | URL = to;
      const { raw, next } = await client.retrying(async () => {
        const response = await client.send({
          method: 'GET',
          to: at,
          action: 'pull',
          headers: { accept: MediaType.imageIndex },
          signal,
          maxBodyBytes: MAX_MANIFEST_BYTES,
          accept: [200],
        });
        return { raw: await readAll(response.body, MAX_MANIFEST_BYTES), next: nextPage(response) };
      }, signal);
      all.push(...entriesOf(raw));
      to = next;
    }
  } catch (error) {
    if (!(error instanceof RegistryError) || ![400, 404, 405, 406, 501].includes(error.status)) throw error;
    // Some answer so for a manifest without referrers, or for one that they do not have.
    const ofThisOne = error.registryCodes.some((code) => code === 'MANIFEST_UNKNOWN' || code === 'NAME_UNKNOWN');
    return { api: ofThisOne ? 'unclear' : 'none', listed: all };
  }
  return { api: 'there', listed: all };
}
