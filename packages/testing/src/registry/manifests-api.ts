import { digestHeader } from './blobs-api.ts';
import { failure, type Incoming, json, type Reply, reply } from './reply.ts';
import { manifestAt, type Repositories, type Repository, sha256 } from './repositories.ts';
import type { Quirks } from './types.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `/v2/<name>/manifests/<reference>`. */
export function answerManifest(
  request: Incoming,
  repositories: Repositories,
  name: string,
  reference: string,
  quirks: Quirks,
): Reply {
  if (!TAG.test(reference) && !DIGEST.test(reference))
    return failure(400, 'MANIFEST_INVALID', `not a reference: ${reference}`);
  if (request.method === 'PUT') return put(request, repositories.open(name), name, reference, quirks);
  const repository = repositories.find(name);
  const found = repository === undefined ? undefined : manifestAt(repository, reference);
  if (repository === undefined || found === undefined) return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  const { digest, stored } = found;
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return reply(200, { 'content-type': stored.mediaType, ...digestHeader(digest, quirks) }, stored.raw);
    case 'DELETE':
      if (quirks.deletes === 'refused') return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
      if (reference !== digest) repository.tags.delete(reference);
      else {
        repository.manifests.delete(digest);
        for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
      }
      return reply(202);
    default:
      return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
}

/** What of a manifest the registry looks at. */
interface Known {
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: unknown;
  readonly subject: string | undefined;
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

function put(request: Incoming, repository: Repository, name: string, reference: string, quirks: Quirks): Reply {
  const { body } = request;
  if (body.byteLength > MAX_BYTES) return failure(413, 'MANIFEST_INVALID', 'manifest too large');
  const digest = sha256(body);
  if (DIGEST.test(reference) && reference !== digest)
    return failure(400, 'DIGEST_INVALID', 'digest did not match content');
  const known = readManifest(body);
  const mediaType = (request.headers['content-type'] ?? '').replace(/;.*/, '').trim();
  if (known === undefined || mediaType === '' || (known.mediaType !== undefined && known.mediaType !== mediaType)) {
    return failure(400, 'MANIFEST_INVALID', 'manifest invalid, or of another type than its header says');
  }
  if (quirks.references === 'checked') {
    const missing = [
      ...known.blobs.filter((each) => !repository.blobs.has(each)),
      ...known.manifests.filter((each) => !repository.manifests.has(each)),
    ];
    if (missing.length > 0)
      return failure(400, 'MANIFEST_BLOB_UNKNOWN', `unknown to the registry: ${missing.join(', ')}`);
  }
  repository.manifests.set(digest, { raw: body, mediaType });
  if (!DIGEST.test(reference)) repository.tags.set(reference, digest);
  return reply(201, {
    location: `/v2/${name}/manifests/${digest}`,
    ...digestHeader(digest, quirks),
    ...(known.subject !== undefined && quirks.referrers === 'api' ? { 'oci-subject': known.subject } : {}),
  });
}

/** `/v2/<name>/referrers/<digest>` (distribution-spec 1.1, "Listing Referrers"). */
export function answerReferrers(
  { method, url }: Incoming,
  repository: Repository | undefined,
  subject: string,
  quirks: Quirks,
): Reply {
  if (quirks.referrers === 'none') return failure(404, 'NOT_FOUND', 'page not found');
  if (method !== 'GET') return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
  if (!DIGEST.test(subject)) return failure(400, 'DIGEST_INVALID', `not a digest: ${subject}`);
  if (quirks.referrers === 'empty') return indexOf([], {});
  const wanted = url.searchParams.get('artifactType');
  const all = [...(repository?.manifests ?? [])].flatMap(([digest, { raw, mediaType }]) => {
    const known = readManifest(raw);
    if (known?.subject !== subject || (wanted !== null && known.artifactType !== wanted)) return [];
    const { artifactType, annotations } = known;
    return [{ mediaType, digest, size: raw.byteLength, artifactType, annotations }];
  });
  const start = Number(url.searchParams.get('at') ?? 0);
  const more = start + quirks.pageSize < all.length;
  const next = new URL(url);
  next.searchParams.set('at', String(start + quirks.pageSize));
  return indexOf(all.slice(start, start + quirks.pageSize), {
    ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    ...(more ? { link: `<${next.pathname}${next.search}>; rel="next"` } : {}),
  });
}

function indexOf(manifests: readonly unknown[], headers: Record<string, string>): Reply {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return json(200, { schemaVersion: 2, mediaType, manifests }, { 'content-type': mediaType, ...headers });
}

/** Digests of the blobs that a manifest names. */
export function namedBlobs(raw: Uint8Array): readonly string[] {
  return readManifest(raw)?.blobs ?? [];
}

function readManifest(raw: Uint8Array): Known | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(raw).toString('utf8'));
    if (!isObject(value) || value['schemaVersion'] !== 2) return undefined;
    const { config, layers, manifests, subject } = value;
    // Go writes an empty list as null, and registries in Go take it.
    const isList = (list: unknown) => Array.isArray(list) || list === null;
    if (!isList(manifests) && !(isObject(config) && isList(layers))) return undefined;
    const configType = isObject(config) ? text(config['mediaType']) : undefined;
    return {
      mediaType: text(value['mediaType']),
      artifactType: text(value['artifactType']) ?? configType,
      annotations: value['annotations'],
      subject: isObject(subject) ? text(subject['digest']) : undefined,
      blobs: isList(manifests) ? [] : [...digests([config]), ...digests(layers)],
      manifests: digests(manifests),
    };
  } catch {
    return undefined;
  }
}

function digests(descriptors: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(descriptors) ? descriptors : [];
  return all.flatMap((each) => (isObject(each) && typeof each['digest'] === 'string' ? [each['digest']] : []));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
