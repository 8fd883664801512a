import type http from 'node:http';
import type { Access } from './access.ts';
import type { Addresses } from './addresses.ts';
import { answerBlob } from './blobs-api.ts';
import { answerManifest, answerReferrers, namedBlobs } from './manifests-api.ts';
import { failure, type Incoming, json, type Reply, reply } from './reply.ts';
import type { Repositories } from './repositories.ts';
import { answerTags } from './tags-api.ts';
import type { Quirks, SeenRequest } from './types.ts';
import { answerUpload } from './uploads-api.ts';

export interface World {
  readonly access: Access;
  readonly addresses: Addresses;
  readonly repositories: Repositories;
  readonly quirks: Quirks;
  readonly origins: { readonly registry: string; readonly other: string };
  readonly at: SeenRequest['at'];
}

const NAME = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*';
const ROUTE = new RegExp(`^/v2/(${NAME})/(blobs/uploads|blobs|manifests|tags|referrers)/(.*)$`);

/** The answer to a request; undefined where its body is needed for it and is not there yet. */
export function answerRequest(
  raw: http.IncomingMessage,
  body: Uint8Array | undefined,
  world: World,
): Reply | undefined {
  const { access, addresses, repositories, quirks, origins, at } = world;
  const request: Incoming = {
    method: raw.method ?? '',
    url: new URL(raw.url ?? '/', origins.registry),
    headers: Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name, value?.toString()])),
    body: body ?? new Uint8Array(),
  };
  const { pathname } = request.url;
  if (pathname === '/token') return body === undefined ? undefined : access.answerToken(request);
  // The other host takes whoever comes: its addresses are secrets of their own.
  const caller = at === 'other' ? { may: () => true } : access.callerOf(request);
  if (pathname === '/v2/' || pathname === '/v2') {
    return caller === undefined ? access.challenge(quirks.pingScope, origins.registry) : json(200, {});
  }
  const [, name, kind, rest = ''] = ROUTE.exec(pathname) ?? [];
  if (name === undefined) return failure(404, 'NAME_INVALID', 'page not found');
  const action = { GET: 'pull', HEAD: 'pull', DELETE: kind === 'blobs/uploads' ? 'push' : 'delete' } as const;
  const wanted = isRead(request.method) ? action[request.method] : 'push';
  if (caller === undefined) return access.challenge(scopeOf(name, wanted), origins.registry);
  if (!caller.may(name, wanted)) return failure(403, 'DENIED', 'requested access to the resource is denied');
  if (body === undefined) return undefined;
  const reference = decodeURIComponent(rest);
  switch (kind) {
    case 'blobs/uploads': {
      const origin = { relative: '', absolute: origins.registry, 'other-host': origins.other }[quirks.uploads];
      const mayRead = (repository: string) => caller.may(repository, 'pull');
      return answerUpload(request, repositories, { name, id: reference, origin, mayRead }, quirks);
    }
    case 'blobs':
      if (
        quirks.blobs === 'other-host' &&
        at === 'registry' &&
        request.method === 'GET' &&
        isServed(repositories, name, reference, quirks)
      ) {
        return reply(307, { location: `${origins.other}${addresses.sign(pathname, quirks.addressLifeMs)}` });
      }
      if (at === 'other' && quirks.blobs === 'other-host' && !addresses.isGood(request.url)) {
        return reply(403, {}, Buffer.from('Signature not valid in the specified time frame'));
      }
      return answerBlob(
        request,
        isServed(repositories, name, reference, quirks) ? repositories.find(name) : undefined,
        reference,
        quirks,
      );
    case 'manifests':
      return answerManifest(request, repositories, name, reference, quirks);
    case 'tags':
      return answerTags(request, repositories.find(name), name, quirks);
    case 'referrers':
    case undefined:
      return answerReferrers(request, repositories.find(name), reference, quirks);
  }
}

function isServed(repositories: Repositories, name: string, digest: string, { servedBlobs }: Quirks): boolean {
  if (repositories.blob(name, digest) === undefined) return false;
  const { manifests } = repositories.open(name);
  return servedBlobs === 'all' || [...manifests.values()].some(({ raw }) => namedBlobs(raw).includes(digest));
}

function scopeOf(repository: string, action: 'pull' | 'push' | 'delete'): string {
  return `repository:${repository}:${action === 'pull' ? 'pull' : `pull,${action}`}`;
}

function isRead(method: string): method is 'GET' | 'HEAD' | 'DELETE' {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE';
}
