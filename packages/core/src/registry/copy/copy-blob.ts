import type { ByteStream } from '../../content/index.ts';
import { type Descriptor, isForeign } from '../../oci/index.ts';
import type { UploadSession } from '../types.ts';
import type { CopySession } from './copy-session.ts';
import type { CopyOutcome } from './types.ts';

/**
 * Brings a blob to the target: within one registry it is mounted without a look, because the answer tells; else, and where
 * that does not work, it is streamed, unless the target has it.
 * @throws WaybillError `BLOB_UNKNOWN` where the source does not have it; `DIGEST_MISMATCH`, `SIZE_MISMATCH`
 */
export function copyBlob(session: CopySession, descriptor: Descriptor): Promise<void> {
  return session.once(`blob ${descriptor.digest}`, () =>
    session.gate(async () => session.done(descriptor, await bring(session, descriptor)), session.io.signal),
  );
}

async function bring(session: CopySession, descriptor: Descriptor): Promise<CopyOutcome> {
  const { options, io } = session;
  const { from, to } = options;
  const { digest } = descriptor;
  let upload: UploadSession | undefined;
  if (session.sameHost) {
    const mount = await to.blobs.mount(digest, from.repository, io);
    if (mount.mounted) return 'mounted';
    upload = mount.session;
  }
  const instead = await notUploaded(session, descriptor);
  if (instead !== undefined) {
    if (upload !== undefined) await to.blobs.abandon(upload, io);
    return instead;
  }
  const open = async function* (): ByteStream {
    yield* await from.blobs.fetch(descriptor, io);
  };
  await to.blobs.push(descriptor, open, upload === undefined ? io : { ...io, session: upload });
  return 'copied';
}

/** Why nothing is uploaded: it is there, or it is nowhere and need not be. */
async function notUploaded(
  { options: { from, to }, io, notes }: CopySession,
  descriptor: Descriptor,
): Promise<CopyOutcome | undefined> {
  const { digest, size, urls } = descriptor;
  const there = await to.blobs.head(digest, io);
  if (there === size || there === -1) return 'existing';
  if (!isForeign(descriptor) || (await from.blobs.head(digest, io)) !== undefined) return undefined;
  notes.push({
    code: 'foreign-layer',
    subject: digest,
    message: `${digest} (${size} bytes) is not kept in the registry and was not copied; ${urls === undefined ? 'its manifest does not say where it is' : `its manifest says that it is at ${urls.join(', ')}`}`,
  });
  return 'foreign';
}
