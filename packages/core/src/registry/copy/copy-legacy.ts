import { fetchAll } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Digest, describe, MAX_MANIFEST_BYTES } from '../../oci/index.ts';
import { type LegacyKind, legacyTag } from '../referrers/attached-tags.ts';
import type { Attachments } from '../referrers/attachments.ts';
import { PAUSE_MS } from '../referrers/ensure-listed.ts';
import type { FetchedManifest } from '../types.ts';
import { copyBlob } from './copy-blob.ts';
import { copyTagged } from './copy-manifest.ts';
import type { CopySession } from './copy-session.ts';
import { configOf, lackingLayers, readLayers, withLayers } from './merge-layers.ts';
import { meeting } from './plan-legacy.ts';

const MAX_ROUNDS = 20;

/**
 * Copies what cosign kept under tags, `sha256-<hex>.sig`, `.att` and `.sbom`. Where the target has the tag already, its
 * signatures and attestations are kept and those of the source are added; of an SBOM there can be one, and the target's
 * stays. What was written is read again.
 * @returns the tags that stand at the target, sorted
 * @throws WaybillError `LEGACY_TAG_NOT_KEPT`
 */
export async function copyLegacyTags(
  session: CopySession,
  subjects: readonly Digest[],
  source: Attachments,
): Promise<readonly string[]> {
  const copied = await Promise.all(
    subjects.map(async (subject) => {
      const kinds = await session.gate(() => source.legacy(subject), session.io.signal);
      const tags = kinds.map((kind) => ({ kind, tag: legacyTag(subject, kind) }));
      const done = await Promise.all(tags.map((each) => copyLegacyTag(session, each)));
      return tags.filter((_, i) => done[i]).map(({ tag }) => tag);
    }),
  );
  return copied.flat().sort();
}

/** Whether there was something to copy. */
async function copyLegacyTag(
  session: CopySession,
  { kind, tag }: { readonly kind: LegacyKind; readonly tag: string },
): Promise<boolean> {
  const { io, options, sameRepository } = session;
  const { from, to, clock } = options;
  const read = (registry: typeof from) => session.gate(() => registry.manifests.get({ tag }, io), io.signal);
  const wanted = await read(from);
  if (wanted === undefined || sameRepository) return wanted !== undefined;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const there = await read(to);
    if (there?.descriptor.digest === wanted.descriptor.digest) return true;
    if (there === undefined) await copyTagged(session, wanted, tag, () => undefined);
    else if (!(await merge(session, { kind, tag, wanted, there }))) return true;
    await clock.sleep(PAUSE_MS.least + clock.random() * (PAUSE_MS.most - PAUSE_MS.least), io.signal);
  }
  throw new WaybillError(
    'LEGACY_TAG_NOT_KEPT',
    `${to.host}/${to.repository}: the tag ${tag} was overwritten by others ${MAX_ROUNDS} times`,
    {
      kind: 'remote',
      hint: 'Copy again when nothing else signs that image.',
    },
  );
}

/** Whether anything had to be written. */
async function merge(
  session: CopySession,
  {
    kind,
    tag,
    wanted,
    there,
  }: {
    readonly kind: LegacyKind;
    readonly tag: string;
    readonly wanted: FetchedManifest;
    readonly there: FetchedManifest;
  },
): Promise<boolean> {
  const { io, gate } = session;
  const { to } = session.options;
  const [into, from] = [readLayers(there), readLayers(wanted)];
  const action = meeting(kind, wanted, there);
  if (action === 'keep') {
    session.notes.push({
      code: 'legacy-tag-kept',
      subject: tag,
      message: `the target has ${there.descriptor.digest} under ${tag}, the source ${wanted.descriptor.digest}: the target's was kept`,
    });
  }
  if (action !== 'merge' || into === undefined || from === undefined) return false;
  const added = lackingLayers(into, from);
  await Promise.all(added.map((layer) => copyBlob(session, layer)));
  const oldConfig = await gate(
    () => fetchAll(to.blobs, into.config, { ...io, maxBytes: MAX_MANIFEST_BYTES }),
    io.signal,
  );
  const bytes = configOf(oldConfig, [...into.layers, ...added]);
  const config = { ...into.config, ...describe(into.config.mediaType, bytes) };
  await gate(() => to.blobs.push(config, bytes, io), io.signal);
  const { raw, descriptor } = withLayers(into, config, added);
  await gate(() => to.manifests.put(descriptor, raw, { ...io, tag }), io.signal);
  return true;
}
