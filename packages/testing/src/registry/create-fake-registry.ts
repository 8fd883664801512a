import http from 'node:http';
import { createFaults, listen, type Reply } from '../loopback/index.ts';
import { createAccess } from './access.ts';
import { createAddresses } from './addresses.ts';
import { damageOf } from './faults.ts';
import { PROFILES } from './profiles.ts';
import { failure } from './reply.ts';
import { createRepositories } from './repositories.ts';
import { answerRequest } from './router.ts';
import type { FakeRegistry, FakeRegistryOptions, Fault, LoggedRequest, Quirks, SeenRequest } from './types.ts';

const CONFORMING: Quirks = {
  referrers: 'api',
  mounts: 'mount',
  maxPatchBytes: Infinity,
  ranges: 'honoured',
  deletes: 'allowed',
  pageSize: 100,
  tagOrder: 'lexical',
  digestHeader: 'right',
  blobs: 'served',
  uploads: 'relative',
  references: 'checked',
  servedBlobs: 'all',
  pingScope: '',
  limitedEvery: Infinity,
  addressLifeMs: Infinity,
};

/** Idle connections stay: on a busy machine one that closes just when it is used again makes a request come twice. */
const PATIENCE_MS = 60_000;

/**
 * Starts a registry in memory on a port of its own, by plain http: distribution-spec 1.1 with referrers, and whatever
 * quirks and faults a test asks for. A second port is the other host that blobs and uploads may lead to.
 */
export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const clock = options.clock ?? Date.now;
  const profile = options.profile === undefined ? undefined : PROFILES[options.profile];
  const access = createAccess(options.auth === undefined ? undefined : { ...profile?.auth, ...options.auth }, clock);
  const addresses = createAddresses(clock);
  let requests = 0;
  const faults = createFaults<SeenRequest, Fault>();
  const repositories = createRepositories();
  const log: LoggedRequest[] = [];
  let quirks: Quirks = { ...CONFORMING, ...profile?.quirks, ...options.quirks };
  const origins = { registry: '', other: '' };

  const handler =
    (at: SeenRequest['at']): http.RequestListener =>
    (request, response) => {
      const seen = describeRequest(at, request);
      let received = 0;
      let sent = 0;
      request.on('data', (piece: Buffer) => {
        received += piece.byteLength;
      });
      response.sendDate = false;
      response.setHeader('date', new Date(clock()).toUTCString());
      response.once('close', () => {
        log.push({ ...seen, status: response.headersSent ? response.statusCode : 0, received, sent });
      });
      const send = ({ status, headers, body }: Reply) => {
        const length = status === 204 ? {} : { 'content-length': String(body.byteLength) };
        response.writeHead(status, { ...length, ...headers });
        sent = request.method === 'HEAD' ? 0 : body.byteLength;
        response.end(request.method === 'HEAD' ? undefined : body);
      };
      const world = { access, addresses, repositories, quirks, origins, at };
      const fault = faults.take(seen);
      if (fault !== undefined) {
        damageOf(fault)(request, response, (body) => answerRequest(request, body, world), send);
        return;
      }
      requests += at === 'registry' ? 1 : 0;
      const limited = at === 'registry' && requests % quirks.limitedEvery === 0;
      const early = limited ? tooMany() : answerRequest(request, undefined, world);
      if (early !== undefined) {
        request.resume();
        send(early);
        return;
      }
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.once('end', () => {
        const answer = answerRequest(request, Buffer.concat(pieces), world);
        if (answer !== undefined) send(answer);
      });
    };

  const servers = await Promise.all(
    (['registry', 'other'] as const).map((at) =>
      listen(http.createServer({ keepAliveTimeout: PATIENCE_MS }, handler(at))),
    ),
  );
  const [registry, other] = servers;
  if (registry === undefined || other === undefined) throw new Error('no server');
  origins.registry = registry.origin;
  origins.other = other.origin;
  return {
    host: registry.host,
    otherOrigin: origins.other,
    log,
    clearLog: () => log.splice(0),
    fail: faults.add,
    setQuirks: (changes) => {
      quirks = { ...quirks, ...changes };
    },
    revokeTokens: access.revoke,
    contents: repositories,
    stop: async () => {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/** As GHCR says it. */
function tooMany(): Reply {
  return failure(429, 'TOOMANYREQUESTS', 'retry-after: 12.5ms, allowed: 2000/minute');
}

function describeRequest(at: SeenRequest['at'], request: http.IncomingMessage): SeenRequest {
  const authorization = request.headers.authorization ?? '';
  return {
    at,
    method: request.method ?? '',
    path: request.url ?? '',
    headers: { ...request.headers },
    authorization: /^basic /i.test(authorization) ? 'basic' : authorization === '' ? 'none' : 'bearer',
  };
}
