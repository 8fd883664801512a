import { limit } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Descriptor, type Digest, isIndexType, partsOf } from '../../oci/index.ts';
import { type LegacyKind, legacyTag } from '../referrers/attached-tags.ts';
import { type Attachments, readAttachments } from '../referrers/attachments.ts';
import { referrersIn } from '../referrers/referrers-in.ts';
import type { FetchedManifest, ManifestRef, Registry } from '../types.ts';

/** A manifest, what is below it, and what is attached to it. */
export interface TreeNode {
  /** Of a part as its index says, of what is attached as it says itself. */
  readonly descriptor: Descriptor;
  /** The registry does not have it. */
  readonly missing: boolean;
  /** Of an index, in its order. */
  readonly parts: readonly TreeNode[];
  /** In the order of their digests. */
  readonly attached: readonly TreeNode[];
  /** The old tags of cosign. */
  readonly legacy: readonly { readonly kind: LegacyKind; readonly tag: string; readonly digest: Digest }[];
}

/** Deeper, or more, is somebody's attack: a part may be named often, so that few manifests make a huge tree. */
const MAX_DEPTH = 32;
const MAX_NODES = 10_000;
const AT_ONCE = 8;

/**
 * An image with everything that is attached to it, to its parts, and to what is attached. What only claims to be attached is
 * left out.
 * @throws WaybillError `MANIFEST_UNKNOWN` where the root is not there; `TREE_TOO_LARGE`
 */
export async function readTree(registry: Registry, root: ManifestRef, { signal }: IoOptions = {}): Promise<TreeNode> {
  const io = signal === undefined ? {} : { signal };
  const gate = limit(AT_ONCE);
  const attachments = readAttachments(registry, io);
  const fetch = (ref: ManifestRef) => gate(() => registry.manifests.get(ref, io), signal);

  let nodes = 0;
  const visit = async (
    descriptor: Descriptor,
    manifest: FetchedManifest | undefined,
    depth: number,
  ): Promise<TreeNode> => {
    nodes += 1;
    if (depth > MAX_DEPTH || nodes > MAX_NODES) throw tooLarge(descriptor.digest);
    if (manifest === undefined) return { descriptor, missing: true, parts: [], attached: [], legacy: [] };
    const below = (each: Descriptor) => fetch({ digest: each.digest }).then((found) => visit(each, found, depth + 1));
    const children = isIndexType(manifest.descriptor.mediaType) ? partsOf(manifest).manifests : [];
    const [parts, attached, legacy] = await Promise.all([
      Promise.all(children.map(below)),
      referrersIn(registry, attachments, descriptor.digest, io, gate).then((all) => Promise.all(all.map(below))),
      readLegacy(attachments, descriptor.digest, fetch),
    ]);
    return { descriptor, missing: false, parts, attached, legacy };
  };

  const manifest = await fetch(root);
  if (manifest === undefined) {
    const name = 'tag' in root ? `tag ${JSON.stringify(root.tag)}` : `manifest ${root.digest}`;
    throw new WaybillError('MANIFEST_UNKNOWN', `${registry.host}/${registry.repository} has no ${name}`, {
      kind: 'remote',
      hint: 'Look at the name of the repository; the image may have been deleted.',
    });
  }
  return visit(manifest.descriptor, manifest, 0);
}

async function readLegacy(
  attachments: Attachments,
  subject: Digest,
  fetch: (ref: ManifestRef) => Promise<FetchedManifest | undefined>,
): Promise<TreeNode['legacy']> {
  const found = await Promise.all(
    (await attachments.legacy(subject)).map(async (kind) => {
      const tag = legacyTag(subject, kind);
      const manifest = await fetch({ tag });
      return manifest === undefined ? [] : [{ kind, tag, digest: manifest.descriptor.digest }];
    }),
  );
  return found.flat();
}

function tooLarge(digest: Digest): WaybillError {
  return new WaybillError(
    'TREE_TOO_LARGE',
    `the tree has more than ${MAX_DEPTH} levels or ${MAX_NODES} nodes, at ${digest}`,
    { kind: 'remote', hint: 'Delete attachments that nobody needs.' },
  );
}
