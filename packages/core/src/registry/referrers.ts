import type { IoOptions } from '../content/index.ts';
import { readAll } from '../http/index.ts';
import {
  type Descriptor,
  type Digest,
  hexOf,
  MAX_MANIFEST_BYTES,
  MediaType,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import type { Client } from './client.ts';
import { nextPage } from './next-page.ts';
import { RegistryError } from './registry-error.ts';
import type { FetchedManifest, Manifests } from './types.ts';

/** More pages than this are another registry's mistake. */
const MAX_PAGES = 100;

/** The tag of the index of referrers, where the registry has no API for them (distribution-spec 1.1, "Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** See {@link Registry.referrers}. */
export async function listReferrers(
  client: Client,
  manifests: Manifests,
  subject: Digest,
  { signal, artifactType }: IoOptions & { readonly artifactType?: string } = {},
): Promise<readonly Descriptor[]> {
  const options = signal === undefined ? {} : { signal };
  const claimed = new Map<Digest, Descriptor>();
  const [byApi, byTag] = await Promise.all([
    referrersByApi(client, subject, signal),
    manifests
      .get({ tag: referrersTag(subject) }, options)
      .then((found) => (found === undefined ? [] : entriesOf(found.raw))),
  ]);
  for (const each of [...byApi, ...byTag]) claimed.set(each.digest, each);
  const found: Descriptor[] = [];
  for (const { digest } of claimed.values()) {
    const manifest = await manifests.get({ digest }, options);
    const own = manifest === undefined ? undefined : describeReferrer(manifest, subject);
    if (own !== undefined && (artifactType === undefined || own.artifactType === artifactType)) found.push(own);
  }
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** What the API gives; nothing where the registry has none. The type is not asked for: registries filter by the wrong one. */
async function referrersByApi(
  client: Client,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
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
    const unsupported = error instanceof RegistryError && [400, 404, 405, 406, 501].includes(error.status);
    if (!unsupported) throw error;
  }
  return all;
}

/** The entries of an index; none in anything else (an empty 200, a manifest under the tag). */
function entriesOf(raw: Uint8Array): readonly Descriptor[] {
  try {
    return parseIndex(raw).value.manifests;
  } catch {
    return [];
  }
}

/** The manifest as a referrer of the subject; undefined where its own subject is another, or it has none. */
function describeReferrer({ raw, descriptor }: FetchedManifest, subject: Digest): Descriptor | undefined {
  try {
    const { value } = descriptor.mediaType === MediaType.imageIndex ? parseIndex(raw) : parseManifest(raw);
    if (value.subject?.digest !== subject) return undefined;
    const artifactType = value.artifactType ?? ('config' in value ? value.config.mediaType : undefined);
    return {
      ...descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(value.annotations === undefined ? {} : { annotations: value.annotations }),
    };
  } catch {
    return undefined;
  }
}
