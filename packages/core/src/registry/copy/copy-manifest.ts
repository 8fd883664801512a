import type { IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Descriptor, partsOf } from '../../oci/index.ts';
import type { FetchedManifest, Registry } from '../types.ts';
import { copyBlob } from './copy-blob.ts';
import type { CopySession } from './copy-session.ts';

/** What is copied: its digest, and what it was said to be where somebody said it. */
export type Wanted = Pick<Descriptor, 'digest'> & Partial<Descriptor>;

/**
 * Copies a manifest with all that it reaches: parts first, the manifest last, its bytes as they are.
 * @param seen told of each manifest before it is written
 * @throws WaybillError `MANIFEST_UNKNOWN` where the source does not have it; `SIZE_MISMATCH` where it is not as large as was
 *   said; what {@link partsOf} and {@link copyBlob} throw
 */
export function copyManifest(
  session: CopySession,
  wanted: Wanted,
  seen: (manifest: FetchedManifest) => void,
): Promise<void> {
  const { gate, io, options } = session;
  return session.once(`manifest ${wanted.digest}`, async () => {
    const manifest = await gate(() => fetchManifest(options.from, wanted, io), io.signal);
    await write(session, manifest, undefined, seen);
  });
}

/** The same for a manifest that was read already, and under a tag, however often and under however many. */
export async function copyTagged(
  session: CopySession,
  manifest: FetchedManifest,
  tag: string,
  seen: (manifest: FetchedManifest) => void,
): Promise<void> {
  await session.once(`tag ${tag}`, () => write(session, manifest, tag, seen));
}

async function write(
  session: CopySession,
  manifest: FetchedManifest,
  tag: string | undefined,
  seen: (manifest: FetchedManifest) => void,
): Promise<void> {
  const { gate, io, options } = session;
  const { descriptor, raw } = manifest;
  seen(manifest);
  const { manifests, blobs } = partsOf(manifest);
  await Promise.all([
    ...blobs.map((each) => copyBlob(session, each)),
    ...manifests.map((each) => copyManifest(session, each, seen)),
  ]);
  const put = () => options.to.manifests.put(descriptor, raw, tag === undefined ? io : { ...io, tag });
  await gate(put, io.signal);
  session.done(descriptor, 'copied');
}

/** @throws WaybillError `MANIFEST_UNKNOWN`, `SIZE_MISMATCH`, `DIGEST_MISMATCH` */
export async function fetchManifest(
  registry: Registry,
  { digest, size }: Wanted,
  io: IoOptions,
): Promise<FetchedManifest> {
  const manifest = await registry.manifests.get({ digest }, io);
  if (manifest === undefined) {
    throw new WaybillError('MANIFEST_UNKNOWN', `${registry.host}/${registry.repository} has no manifest ${digest}`, {
      kind: 'remote',
      hint: 'It was deleted or never pushed. Clean-up jobs that delete untagged versions delete the parts of images too.',
    });
  }
  if (size !== undefined && size !== manifest.descriptor.size) {
    throw new WaybillError('SIZE_MISMATCH', `${digest} should have ${size} bytes, found ${manifest.descriptor.size}`, {
      kind: 'integrity',
      hint: 'The index that names it is wrong: build the image again.',
    });
  }
  return manifest;
}
