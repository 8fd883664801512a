import type { BaseImage } from '../../ledger/index.ts';
import { type Digest, digestFromHex, isDigest } from '../../oci/index.ts';

/** What buildx's metadata file tells. Whatever else stands in it stays in `text`. */
export interface BuildMetadata {
  /** As it was written. */
  readonly text: string;
  /** Of what was pushed or loaded. */
  readonly digest: Digest | undefined;
  /** What was built on, as BuildKit resolved it: a claim of the builder's. */
  readonly baseImages: readonly BaseImage[];
}

/** Reads `--metadata-file`; what is missing or has another shape is not known. */
export function readMetadata(text: string): BuildMetadata {
  const json = fieldsOf(parse(text));
  const digest = json['containerimage.digest'];
  const materials = Object.entries(json)
    .filter(([name]) => name === 'buildx.build.provenance' || name.startsWith('buildx.build.provenance/'))
    .flatMap(([, provenance]) => materialsOf(provenance));
  const known = new Map(materials.map((image) => [`${image.name} ${image.digest ?? ''}`, image]));
  return {
    text,
    digest: isDigest(digest) ? digest : undefined,
    baseImages: [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image),
  };
}

/** Images among the materials of a SLSA provenance v0.2 (`materials`) or v1 (`resolvedDependencies`). */
function materialsOf(provenance: unknown): readonly BaseImage[] {
  const { materials, buildDefinition } = fieldsOf(provenance);
  const list: unknown = materials ?? fieldsOf(buildDefinition)['resolvedDependencies'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((material: unknown): readonly BaseImage[] => {
    const { uri, digest } = fieldsOf(material);
    const [, name] = typeof uri === 'string' ? (/^pkg:(?:docker|oci)\/([^?]+)/.exec(uri) ?? []) : [];
    if (name === undefined) return [];
    const { sha256 } = fieldsOf(digest);
    const readable = decode(name).replace(/@([^@/]*)$/, ':$1');
    return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
      ? [{ name: readable, digest: digestFromHex(sha256) }]
      : [{ name: readable }];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json)) : {};
}
