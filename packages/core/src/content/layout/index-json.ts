import { type Descriptor, parseDescriptor } from '../../oci/index.ts';
import { nameRef } from '../name.ts';
import type { NameRecord } from '../ports.ts';

/** The annotation by which tools find an entry of an image layout (OCI image-spec, annotations.md). */
export const REF_NAME = 'org.opencontainers.image.ref.name';
const OURS = /^x\.[0-9a-v]{32}$/;

/** The `manifests` of an `index.json`. */
export type IndexEntries = readonly Descriptor[];

/** The entries in these bytes; undefined where they are no index. */
export function parseIndexJson(bytes: Buffer | undefined): IndexEntries | undefined {
  if (bytes === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof json !== 'object' || json === null || !('manifests' in json) || !Array.isArray(json.manifests))
      return undefined;
    return json.manifests.map(parseDescriptor);
  } catch {
    return undefined;
  }
}

export function encodeIndexJson(manifests: IndexEntries): Buffer {
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  return Buffer.from(`${JSON.stringify(index)}\n`, 'utf8');
}

/** The entry of a name. */
export function indexEntry({ name, target }: NameRecord): Descriptor {
  const { mediaType, digest, size, artifactType } = target;
  const annotations = { [REF_NAME]: nameRef(name) };
  return { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }), annotations };
}

/** The reference name that an entry of ours has; undefined for one that another tool put there. */
export function ownRef(entry: Descriptor): string | undefined {
  const ref = entry.annotations?.[REF_NAME];
  return ref !== undefined && OURS.test(ref) ? ref : undefined;
}
