import { failure, type Incoming, type Reply, reply } from './reply.ts';
import type { Repository } from './repositories.ts';
import type { Quirks } from './types.ts';

/** `/v2/<name>/blobs/<digest>`. */
export function answerBlob(
  { method, headers }: Incoming,
  repository: Repository | undefined,
  digest: string,
  quirks: Quirks,
): Reply {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return failure(400, 'DIGEST_INVALID', `not a digest: ${digest}`);
  const bytes = repository?.blobs.get(digest);
  if (repository === undefined || bytes === undefined) return failure(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  if (method === 'DELETE') {
    if (quirks.deletes === 'refused') return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
    repository.blobs.delete(digest);
    return reply(202);
  }
  if (method !== 'GET' && method !== 'HEAD') return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
  const about = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    ...digestHeader(digest, quirks),
  };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
  if (method === 'HEAD' || first === undefined || quirks.ranges === 'ignored') return reply(200, about, bytes);
  const start = Number(first);
  const end = last === '' ? bytes.byteLength - 1 : Math.min(Number(last), bytes.byteLength - 1);
  if (start >= bytes.byteLength || end < start) {
    return failure(416, 'RANGE_INVALID', 'range not satisfiable', { 'content-range': `bytes */${bytes.byteLength}` });
  }
  const shift = quirks.ranges === 'shifted' ? 1 : 0;
  return reply(
    206,
    { ...about, 'content-range': `bytes ${start + shift}-${end + shift}/${bytes.byteLength}` },
    bytes.subarray(start + shift, end + shift + 1),
  );
}

export function digestHeader(digest: string, quirks: Quirks): Record<string, string> {
  if (quirks.digestHeader === 'none') return {};
  return { 'docker-content-digest': quirks.digestHeader === 'right' ? digest : `sha256:${'0'.repeat(64)}` };
}
