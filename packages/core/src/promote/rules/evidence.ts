import { fetchAll, type IoOptions } from '../../content/index.ts';
import { errorCode } from '../../errors/index.ts';
import { parseStatement, STATEMENT_MEDIA_TYPE } from '../../intoto/index.ts';
import { type Descriptor, type Digest, hexOf, type Manifest, parseManifest } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { RuleVerdict } from './verdict.ts';

/** Something attached to a digest that a rule asked for. */
export interface Evidence {
  /** What was asked for: an artifact type or a predicate type. */
  readonly type: string;
  readonly digest: Digest;
}

/** Sigstore's bundle specification (BUNDLE_SPEC.md) for the manifest; in-toto's attestation bundles for a layer. */
const PREDICATE_ANNOTATIONS = ['dev.sigstore.bundle.predicateType', 'in-toto.io/predicate-type', 'predicateType'];
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;

/**
 * What of these types is attached to the digest: a referrer whose artifact type it is, that names it as its predicate type,
 * or that holds an unsigned in-toto statement of it about this digest. Nothing is said of who attached it.
 */
export async function findEvidence(
  registry: Registry,
  digest: Digest,
  types: readonly string[],
  io: IoOptions = {},
): Promise<readonly Evidence[]> {
  if (types.length === 0) return [];
  const found: Evidence[] = [];
  for (const referrer of await registry.referrers(digest, io)) {
    const said = new Set(await typesOf(registry, referrer, digest, io));
    found.push(...types.filter((type) => said.has(type)).map((type) => ({ type, digest: referrer.digest })));
  }
  return found;
}

/** All that the channel asks for is attached. */
export function evidenceRule(types: readonly string[], found: readonly Evidence[]): RuleVerdict {
  const rule = 'evidence';
  if (types.length === 0) return { rule, verdict: 'none', message: 'nothing need be attached' };
  const missing = types.filter((type) => !found.some((each) => each.type === type));
  if (missing.length === 0) return { rule, verdict: 'passed', message: `attached is ${types.join(', ')}` };
  return {
    rule,
    verdict: 'failed',
    code: 'evidence-missing',
    message: `nothing of the type ${missing.join(', ')} is attached to it`,
    hint: 'Attach it where the image is (`waybill attach`), then promote again.',
  };
}

async function typesOf(
  registry: Registry,
  referrer: Descriptor,
  subject: Digest,
  io: IoOptions,
): Promise<readonly string[]> {
  const types = [referrer.artifactType ?? '', ...predicatesIn(referrer.annotations)];
  const manifest = await registry.manifests.get({ digest: referrer.digest }, io);
  for (const layer of manifest === undefined ? [] : layersOf(manifest.raw)) {
    types.push(...predicatesIn(layer.annotations));
    if (layer.mediaType === STATEMENT_MEDIA_TYPE && layer.size <= MAX_STATEMENT_BYTES)
      types.push(...(await predicateOf(registry, layer, subject, io)));
  }
  return types.filter((type) => type !== '');
}

/** The predicate type of a statement about the subject; none where it is about something else, or cannot be read. */
async function predicateOf(
  registry: Registry,
  layer: Descriptor,
  subject: Digest,
  io: IoOptions,
): Promise<readonly string[]> {
  try {
    const statement = parseStatement(await fetchAll(registry.blobs, layer, { ...io, maxBytes: MAX_STATEMENT_BYTES }));
    return statement.subject.some(({ digest }) => digest['sha256'] === hexOf(subject)) ? [statement.predicateType] : [];
  } catch (error) {
    if (['STATEMENT_INVALID', 'BLOB_UNKNOWN', 'SIZE_MISMATCH', 'DIGEST_MISMATCH'].includes(errorCode(error) ?? ''))
      return [];
    throw error;
  }
}

function predicatesIn(annotations: Readonly<Record<string, string>> | undefined): readonly string[] {
  return PREDICATE_ANNOTATIONS.flatMap((name) => annotations?.[name] ?? []);
}

function layersOf(raw: Uint8Array): Manifest['layers'] {
  try {
    return parseManifest(raw).value.layers;
  } catch {
    return [];
  }
}
