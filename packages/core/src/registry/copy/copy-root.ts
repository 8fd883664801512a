import { type Digest, isIndexType, partsOf } from '../../oci/index.ts';
import type { FetchedManifest, Registry } from '../types.ts';
import { copyManifest, fetchManifest, type Wanted } from './copy-manifest.ts';
import type { CopySession } from './copy-session.ts';

/** The image as it stands at the target. */
export interface CopiedRoot {
  readonly manifest: FetchedManifest;
  /** The target had it before. */
  readonly existed: boolean;
  /** Its manifests and indexes, itself first: what something may be attached to. */
  readonly subjects: readonly Digest[];
}

/** Copies the image itself, without what is attached to it. */
export async function copyRoot(session: CopySession): Promise<CopiedRoot> {
  const { from } = session.options;
  const existing = await findRoot(session);
  if (existing !== undefined) {
    session.done(existing.manifest.descriptor, 'existing');
    return existing;
  }
  const wanted = wantedRoot(session);
  const seen = new Map<Digest, FetchedManifest>();
  await copyManifest(session, wanted, (manifest) => seen.set(manifest.descriptor.digest, manifest));
  const manifest = seen.get(wanted.digest) ?? (await fetchManifest(from, wanted, session.io));
  return { manifest, existed: false, subjects: [...seen.keys()] };
}

/** The image where the target has it and that is trusted; undefined where it must be copied. Only manifests are read. */
export async function findRoot(session: CopySession): Promise<CopiedRoot | undefined> {
  const { from, to, existing = 'trust' } = session.options;
  const wanted = wantedRoot(session);
  if (session.sameRepository) {
    const manifest = await fetchManifest(from, wanted, session.io);
    const subjects = await subjectsOf(session, from, manifest);
    return { manifest, existed: true, subjects: subjects ?? [manifest.descriptor.digest] };
  }
  if (existing === 'check') return undefined;
  const manifest = await to.manifests.get({ digest: wanted.digest }, session.io);
  const subjects = manifest === undefined ? undefined : await subjectsOf(session, to, manifest);
  return manifest === undefined || subjects === undefined ? undefined : { manifest, existed: true, subjects };
}

function wantedRoot({ options: { root } }: CopySession): Wanted {
  return typeof root === 'string' ? { digest: root } : { digest: root.digest };
}

/** All manifests of the image, itself first; undefined where an index in it is missing. Only indexes are read, each once. */
export async function subjectsOf(
  session: CopySession,
  registry: Registry,
  manifest: FetchedManifest,
): Promise<readonly Digest[] | undefined> {
  const found = new Set([manifest.descriptor.digest]);
  const waiting = [manifest];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { digest, mediaType } of partsOf(next).manifests) {
      if (found.has(digest)) continue;
      found.add(digest);
      if (!isIndexType(mediaType)) continue;
      const index = await registry.manifests.get({ digest }, session.io);
      if (index === undefined) return undefined;
      waiting.push(index);
    }
  }
  return [...found];
}
