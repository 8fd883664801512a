import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listen } from '../loopback/index.ts';
import { type Answer, azureError, twirpError } from './answer.ts';
import { answerBlob, blobOperation } from './blob-api.ts';
import { createBlobFiles } from './blob-files.ts';
import { createEntryIndex } from './entry-index.ts';
import { readBody } from './read-body.ts';
import { makeRuntimeToken, readBearer } from './runtime-token.ts';
import { blobId, readAddress, signAddress } from './signed-address.ts';
import { answerTwirp, TWIRP_PATH } from './twirp-api.ts';
import type { BlobOperation, CacheOperation, CacheService, CacheServiceOptions, ServedRequest } from './types.ts';

const OPERATIONS: readonly CacheOperation[] = [
  'CreateCacheEntry',
  'FinalizeCacheEntryUpload',
  'GetCacheEntryDownloadURL',
];
const DEFAULT_ADDRESS_MS = 3_600_000;
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Starts the service on a port of its own. */
export async function startCacheService(options: CacheServiceOptions): Promise<CacheService> {
  const clock = options.clock ?? Date.now;
  const secret = randomUUID();
  const index = createEntryIndex(clock);
  const files = createBlobFiles(options.folder, clock);
  const log: ServedRequest[] = [];

  const respond = async (request: http.IncomingMessage, url: URL, operation: Operation): Promise<Answer> => {
    const now = clock();
    if (url.pathname.startsWith(TWIRP_PATH)) {
      if (operation?.kind !== 'cache')
        return twirpError(404, 'bad_route', `no handler for ${request.method} ${url.pathname}`);
      const bearer = readBearer(request.headers.authorization, secret, now);
      if (bearer === undefined) return twirpError(401, 'unauthenticated', 'the token is none, or too old');
      const message = await readBody(request, MAX_MESSAGE_BYTES);
      if (message === undefined) return twirpError(413, 'resource_exhausted', 'the message is too long');
      // The address leads back by the way that the request came, which may be a link before this service.
      const origin = originOf(request, options.blobHost);
      const expiresAt = now + (options.addressMs ?? DEFAULT_ADDRESS_MS);
      const sign = (id: string, allowed: 'write' | 'read') => signAddress(origin, id, allowed, { secret, expiresAt });
      return answerTwirp(operation.name, message, bearer, { index, files, sign });
    }
    if (operation?.kind !== 'blob') return azureError(400, 'UnsupportedHttpVerb', 'Nothing is served here.');
    const writes = operation.name.startsWith('Put');
    const id = readAddress(url, writes ? 'write' : 'read', { secret, now });
    if (id === undefined)
      return azureError(403, 'AuthenticationFailed', 'The signature is wrong, too old, or for another use.');
    if (writes && index.list().some((entry) => entry.id === id)) {
      return azureError(409, 'BlobImmutableDueToPolicy', 'The entry is finished.');
    }
    return answerBlob(operation.name, id, request, url, files);
  };

  const server = http.createServer((request, response) => {
    // What no address can be read from is a path that nothing is served at.
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1') ?? new URL('http://127.0.0.1');
    const operation = operationOf(request.method ?? '', url);
    let received = 0;
    let sent = 0;
    request.on('data', (piece: Buffer) => {
      received += piece.byteLength;
    });
    // Until somebody reads the body, it waits.
    request.pause();
    let noted = false;
    // Before the answer, so that whoever has it finds it in the log; bytes go on being counted.
    const note = (status: number) => {
      if (noted) return;
      noted = true;
      log.push({
        operation: operation?.name,
        method: request.method ?? '',
        path: url.pathname,
        status,
        get received() {
          return received;
        },
        get sent() {
          return sent;
        },
      });
    };
    response.once('close', () => note(0));
    const send = async ({ status, headers, body, length }: Answer) => {
      note(status);
      response.writeHead(status, {
        'content-length': String(length),
        'x-ms-request-id': randomUUID(),
        'x-ms-version': '2025-11-05',
        ...headers,
      });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      const source = body instanceof Readable ? body : Readable.from([body], { objectMode: false });
      source.on('data', (piece: Buffer) => {
        sent += piece.byteLength;
      });
      await pipeline(source, response);
    };
    respond(request, url, operation)
      .then(send)
      // Whoever cut the connection, or a file that went away: there is nobody to tell, or no way to.
      .catch(() => response.destroy())
      .finally(() => request.resume());
  });
  const { host, stop } = await listen(server);

  return {
    host,
    token: (request) => makeRuntimeToken(request, secret, clock()),
    env: (token, at = host) => ({
      ACTIONS_CACHE_SERVICE_V2: 'true',
      ACTIONS_RESULTS_URL: `http://${at}/`,
      ACTIONS_RUNTIME_TOKEN: token,
    }),
    entries: () => index.list(),
    log,
    clearLog: () => log.splice(0),
    clear: async () => {
      index.clear();
      await files.clear();
    },
    stop: async () => {
      await stop();
      index.clear();
      await files.clear();
    },
  };
}

type Operation =
  | { readonly kind: 'cache'; readonly name: CacheOperation }
  | { readonly kind: 'blob'; readonly name: BlobOperation }
  | undefined;

function operationOf(method: string, url: URL): Operation {
  if (blobId(url) !== undefined) {
    const name = blobOperation(method, url);
    return name === undefined ? undefined : { kind: 'blob', name };
  }
  if (method !== 'POST' || !url.pathname.startsWith(TWIRP_PATH)) return undefined;
  const name = OPERATIONS.find((operation) => url.pathname === TWIRP_PATH + operation);
  return name === undefined ? undefined : { kind: 'cache', name };
}

function originOf({ headers, socket }: http.IncomingMessage, blobHost: string | undefined): string {
  const came = /^(.*?)(:\d+)?$/.exec(headers.host ?? '');
  const [, name = '127.0.0.1', port = `:${socket.localPort}`] = came ?? [];
  return `http://${blobHost ?? name}${port}`;
}
