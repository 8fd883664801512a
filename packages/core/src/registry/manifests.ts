import { MismatchError } from '../content/index.ts';
import { readAll } from '../http/index.ts';
import { describe, isManifestType, MAX_MANIFEST_BYTES, MediaType } from '../oci/index.ts';
import { deleteAt, sizeOf } from './blobs.ts';
import type { Client } from './client.ts';
import type { ManifestRef, Manifests } from './types.ts';

const ACCEPT = [
  MediaType.imageManifest,
  MediaType.imageIndex,
  MediaType.dockerManifest,
  MediaType.dockerManifestList,
].join(', ');

export function createManifests(client: Client): Manifests {
  return {
    get: (ref, { signal } = {}) =>
      client.retrying(async () => {
        const response = await client.send({
          method: 'GET',
          to: pathOf(ref),
          action: 'pull',
          headers: { accept: ACCEPT },
          signal,
          maxBodyBytes: MAX_MANIFEST_BYTES,
          accept: [200, 404],
        });
        if (response.status === 404) {
          await response.discard();
          return undefined;
        }
        const raw = await readAll(response.body, MAX_MANIFEST_BYTES);
        const descriptor = describe(mediaTypeOf(response.headers['content-type'], raw), raw);
        if ('digest' in ref && ref.digest !== descriptor.digest) {
          throw new MismatchError(
            'DIGEST_MISMATCH',
            `expected the manifest ${ref.digest}, found ${descriptor.digest}`,
            { expected: ref.digest, found: descriptor.digest },
          );
        }
        return { raw, descriptor };
      }, signal),

    async head(ref, { signal } = {}) {
      const response = await client.retrying(
        () =>
          client.send({
            method: 'HEAD',
            to: pathOf(ref),
            action: 'pull',
            headers: { accept: ACCEPT },
            signal,
            accept: [200, 404],
          }),
        signal,
      );
      await response.discard();
      if (response.status === 404) return undefined;
      return { mediaType: bareType(response.headers['content-type']), size: sizeOf(response.headers) };
    },

    async put(descriptor, raw, { signal, tag } = {}) {
      const response = await client.retrying(
        () =>
          client.send({
            method: 'PUT',
            to: pathOf(tag === undefined ? { digest: descriptor.digest } : { tag }),
            action: 'push',
            headers: { 'content-type': descriptor.mediaType },
            body: raw,
            signal,
            accept: [200, 201],
          }),
        signal,
      );
      await response.discard();
      return { subject: response.headers['oci-subject'] };
    },

    delete: (ref, { signal } = {}) => deleteAt(client, pathOf(ref), signal),
  };
}

function pathOf(ref: ManifestRef): string {
  return `manifests/${'tag' in ref ? encodeURIComponent(ref.tag) : ref.digest}`;
}

function bareType(contentType: string | undefined): string {
  return (contentType ?? '').replace(/;.*$/, '').trim().toLowerCase();
}

/** The type in the header; where that names no manifest, what the manifest says of itself, or what it looks like. */
function mediaTypeOf(contentType: string | undefined, raw: Uint8Array): string {
  const said = bareType(contentType);
  if (isManifestType(said)) return said;
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof json !== 'object' || json === null) return said;
    if ('mediaType' in json && typeof json.mediaType === 'string') return json.mediaType;
    return 'manifests' in json ? MediaType.imageIndex : MediaType.imageManifest;
  } catch {
    return said;
  }
}
