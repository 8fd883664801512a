import { digestHeader } from './blobs-api.ts';
import { failure, type Incoming, type Reply, reply } from './reply.ts';
import { type Repositories, sha256, startUpload } from './repositories.ts';
import type { Quirks } from './types.ts';

export interface UploadPlace {
  readonly name: string;
  /** Empty for the POST that opens a session. */
  readonly id: string;
  /** What a session's address starts with. */
  readonly origin: string;
  /** Whether the caller may read the repository that a mount names. */
  readonly mayRead: (repository: string) => boolean;
}

/** `/v2/<name>/blobs/uploads/…` (distribution-spec 1.1, "Push"). */
export function answerUpload(request: Incoming, repositories: Repositories, place: UploadPlace, quirks: Quirks): Reply {
  if (place.id === '') return request.method === 'POST' ? open(request, repositories, place, quirks) : unsupported();
  const repository = repositories.find(place.name);
  const received = repository?.uploads.get(place.id);
  if (repository === undefined || received === undefined) {
    return failure(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
  }
  const status = (code: number, bytes: Uint8Array) =>
    reply(code, { ...sessionHeaders(place, place.id), range: `0-${Math.max(0, bytes.byteLength - 1)}` });
  switch (request.method) {
    case 'GET':
      return status(204, received);
    case 'DELETE':
      repository.uploads.delete(place.id);
      return reply(204);
    case 'PATCH': {
      if (request.body.byteLength > quirks.maxPatchBytes || !continues(request, received))
        return rangeInvalid(place, received);
      const whole = Buffer.concat([received, request.body]);
      repository.uploads.set(place.id, whole);
      return status(202, whole);
    }
    case 'PUT': {
      if (!continues(request, received)) return rangeInvalid(place, received);
      repository.uploads.delete(place.id);
      return finish(request, repositories, place, Buffer.concat([received, request.body]), quirks);
    }
    default:
      return unsupported();
  }
}

function open(request: Incoming, repositories: Repositories, place: UploadPlace, quirks: Quirks): Reply {
  const { searchParams } = request.url;
  const mount = searchParams.get('mount');
  const from = searchParams.get('from');
  if (mount !== null && from !== null && quirks.mounts === 'mount' && place.mayRead(from)) {
    const bytes = repositories.find(from)?.blobs.get(mount);
    if (bytes !== undefined) {
      repositories.open(place.name).blobs.set(mount, bytes);
      return created(place, mount, quirks);
    }
  }
  if (searchParams.has('digest')) return finish(request, repositories, place, request.body, quirks);
  const id = startUpload(repositories.open(place.name));
  return reply(202, { ...sessionHeaders(place, id), range: '0-0' });
}

function finish(
  request: Incoming,
  repositories: Repositories,
  place: UploadPlace,
  bytes: Uint8Array,
  quirks: Quirks,
): Reply {
  const digest = request.url.searchParams.get('digest') ?? '';
  if (digest !== sha256(bytes)) return failure(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  repositories.open(place.name).blobs.set(digest, bytes);
  return created(place, digest, quirks);
}

function created({ name }: UploadPlace, digest: string, quirks: Quirks): Reply {
  return reply(201, { location: `/v2/${name}/blobs/${digest}`, ...digestHeader(digest, quirks) });
}

function sessionHeaders({ name, origin }: UploadPlace, id: string): Record<string, string> {
  return { location: `${origin}/v2/${name}/blobs/uploads/${id}?_state=a%2Fb%3D`, 'docker-upload-uuid': id };
}

/** A chunk must begin where the last one ended. */
function continues({ headers }: Incoming, received: Uint8Array): boolean {
  const range = headers['content-range'];
  return range === undefined || Number(/^(\d+)-\d+$/.exec(range)?.[1]) === received.byteLength;
}

function rangeInvalid(place: UploadPlace, received: Uint8Array): Reply {
  const headers = { ...sessionHeaders(place, place.id), range: `0-${Math.max(0, received.byteLength - 1)}` };
  return failure(416, 'REQUESTED_RANGE_NOT_SATISFIABLE', 'the chunk is too large or out of order', headers);
}

function unsupported(): Reply {
  return failure(405, 'UNSUPPORTED', 'The operation is unsupported.');
}
