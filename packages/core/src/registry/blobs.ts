import { openContent } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import { type Call, type Client, locationOf } from './client.ts';
import { fetchBlob } from './fetch-blob.ts';
import { hasStatus, isRetryable, RegistryError } from './registry-error.ts';
import type { Blobs, UploadSession } from './types.ts';
import { verifiedBody } from './verified-body.ts';

/** What tells that the session or what arrived is spoilt, so that a new session may go better. */
const SPOILT = ['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'DIGEST_INVALID', 'SIZE_INVALID'];

export function createBlobs(client: Client, host: string): Blobs {
  const startUpload = async (signal: AbortSignal | undefined): Promise<UploadSession> => {
    const response = await client.send({ method: 'POST', to: 'blobs/uploads/', action: 'push', signal, accept: [202] });
    await response.discard();
    return { url: locationOf(response) };
  };

  const abandon: Blobs['abandon'] = async ({ url }, { signal } = {}) => {
    try {
      const call: Call = { method: 'DELETE', to: url, action: 'cancel', signal, accept: [200, 202, 204] };
      await (await client.send(call)).discard();
    } catch {
      signal?.throwIfAborted();
    }
  };

  return {
    async head(digest, { signal } = {}) {
      const response = await client.retrying(
        () => client.send({ method: 'HEAD', to: `blobs/${digest}`, action: 'pull', signal, accept: [200, 404] }),
        signal,
      );
      await response.discard();
      return response.status === 404 ? undefined : sizeOf(response.headers);
    },

    fetch: (descriptor, options) => fetchBlob(client, host, descriptor, options),

    async push(descriptor, content, { signal, session } = {}) {
      // Opened before a session is, so that content which cannot be had costs no request.
      let first: AsyncIterable<Uint8Array> | undefined = openContent(content);
      let left = session;
      const open = () => {
        const stream = first ?? openContent(content);
        first = undefined;
        return verifiedBody(descriptor, stream, signal);
      };
      await client.retrying(
        async () => {
          const { url } = left ?? (await startUpload(signal));
          left = undefined;
          const response = await client.send({
            method: 'PUT',
            to: withDigest(url, descriptor.digest),
            action: 'push',
            headers: { 'content-type': 'application/octet-stream' },
            body: { size: descriptor.size, open },
            signal,
            accept: [201, 204],
          });
          await response.discard();
        },
        signal,
        (error) => error instanceof RegistryError && error.registryCodes.some((code) => SPOILT.includes(code)),
      );
    },

    async tryUpload(options = {}) {
      const session = await client.retrying(() => startUpload(options.signal), options.signal);
      await abandon(session, options);
    },

    abandon,

    async mount(digest, from, { signal } = {}) {
      const call: Call = {
        method: 'POST',
        to: `blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`,
        action: 'push',
        from,
        signal,
        accept: [201, 202],
      };
      try {
        const response = await client.retrying(() => client.send(call), signal);
        await response.discard();
        if (response.status === 201) return { mounted: true };
        return { mounted: false, session: { url: locationOf(response) } };
      } catch (error) {
        // Registries answer in many ways for a source that they do not show: the blob is uploaded then.
        if (error instanceof RegistryError && !isRetryable(error)) return { mounted: false, session: undefined };
        throw error;
      }
    },

    delete: (digest, { signal } = {}) => deleteAt(client, `blobs/${digest}`, signal),
  };
}

/** False where it is not there or the registry does not delete. */
export async function deleteAt(client: Client, to: string, signal: AbortSignal | undefined): Promise<boolean> {
  const remove = async (): Promise<boolean> => {
    try {
      const call: Call = { method: 'DELETE', to, action: 'delete', signal, accept: [200, 202, 204, 404, 405] };
      const response = await client.send(call);
      await response.discard();
      return response.status < 300;
    } catch (error) {
      // go-containerregistry's registry says so of a blob that is not there.
      if (hasStatus(error, 500) && (await isAbsent(client, to, signal))) return false;
      throw error;
    }
  };
  try {
    return await client.retrying(remove, signal);
  } catch (error) {
    if (hasStatus(error, 400, 501) && error.registryCodes.includes('UNSUPPORTED')) return false;
    throw error;
  }
}

async function isAbsent(client: Client, to: string, signal: AbortSignal | undefined): Promise<boolean> {
  const response = await client.send({ method: 'HEAD', to, action: 'pull', signal, accept: [200, 404] });
  await response.discard();
  return response.status === 404;
}

/** The `content-length`; -1 without one. */
export function sizeOf(headers: Readonly<Record<string, string>>): number {
  const size = headers['content-length'];
  return size === undefined || !/^\d+$/.test(size) ? -1 : Number(size);
}

/** As text, because the rest of the query is the registry's own and goes back as it came. */
function withDigest(url: URL, digest: Digest): URL {
  const whole = URL.parse(
    `${url.href.replace(/#.*$/, '')}${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`,
  );
  if (whole === null)
    throw new WaybillError('REGISTRY_REFUSED', 'an upload has no usable location', { kind: 'remote' });
  return whole;
}
