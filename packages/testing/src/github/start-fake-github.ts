import http from 'node:http';
import { createFaults, listen, type Reply } from '../loopback/index.ts';
import { createAccess } from './access.ts';
import { createContents } from './contents.ts';
import { loadDescription } from './description.ts';
import { damage } from './faults.ts';
import { publishedSchema } from './graphql-api.ts';
import { createLimits } from './limits.ts';
import { answerRequest, type RawRequest } from './router.ts';
import type { FakeGitHub, FakeGitHubOptions, Fault, LoggedRequest, Quirks, SeenRequest } from './types.ts';
import { createWorld } from './world.ts';

const ORDINARY: Quirks = {
  missingPermission: 'told',
  immutableReleases: false,
  refuseRef: () => false,
  staleReads: 0,
  assetsPerRelease: 1000,
  downloads: 'other-host',
  assetDigests: true,
  pageSize: 100,
  treeEntries: 100_000,
  layout: 'github.com',
};

/**
 * Starts a stand-in for GitHub's API with one repository in memory, by plain http on ports of its own: one for REST and
 * GraphQL, one for uploads, one for the host that holds the bytes of assets. README.md beside this file tells what it
 * knows. The repository has a branch `main` with one commit.
 */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  const { clock = Date.now, repository = 'octo-org/app', tokens = [], primaryLimit = 5000, validate = false } = options;
  const isPrivate = options.visibility === 'private';
  // Here, so that no request has to wait for it.
  const description = validate ? await loadDescription() : undefined;
  if (validate) await publishedSchema();
  let quirks: Quirks = { ...ORDINARY, ...options.quirks };
  const origins = { api: '', graphql: '', uploads: '', storage: '' };
  const world = createWorld({ repository, isPrivate, clock, quirks: () => quirks, origins });
  const access = createAccess(tokens, isPrivate);
  const limits = createLimits(primaryLimit, clock);
  const faults = createFaults<SeenRequest, Fault>();
  const contents = createContents(world);
  const log: LoggedRequest[] = [];
  const violations: string[] = [];
  const services = { world, access, limits, violations, description };

  const isHost = quirks.layout === 'host';
  const handler =
    (server: SeenRequest['at']): http.RequestListener =>
    (request, response) => {
      // One host has all of it; another one has the bytes of assets all the same.
      const at = isHost && server === 'api' && request.url?.startsWith('/api/uploads/') === true ? 'uploads' : server;
      const pieces: Buffer[] = [];
      let sent = 0;
      let seen: SeenRequest | undefined;
      request.on('data', (piece: Buffer) => pieces.push(piece));
      response.sendDate = false;
      response.once('close', () => {
        const body = Buffer.concat(pieces);
        seen ??= describeRequest(at, request, body, access);
        log.push({ ...seen, status: response.headersSent ? response.statusCode : 0, received: body.byteLength, sent });
      });
      const send = ({ status, headers, body }: Reply) => {
        const length = status === 204 ? {} : { 'content-length': String(body.byteLength) };
        const limit = at === 'storage' ? {} : limits.headers();
        response.writeHead(status, { date: new Date(clock()).toUTCString(), ...limit, ...length, ...headers });
        sent = body.byteLength;
        response.end(body);
      };
      request.once('end', () => {
        const body = Buffer.concat(pieces);
        seen = describeRequest(at, request, body, access);
        const carryOut = (interrupted = false) => answerRequest(at, rawRequest(request, body, interrupted), services);
        const fault = faults.take(seen);
        const done =
          fault === undefined ? carryOut().then(send) : damage(fault, { request, response, carryOut, send, clock });
        done.catch((error: unknown) => {
          violations.push(`the stand-in failed: ${error instanceof Error ? error.stack : String(error)}`);
          response.destroy();
        });
      });
    };

  const servers = {
    api: await listen(http.createServer(handler('api'))),
    uploads: await listen(http.createServer(handler('uploads'))),
    storage: await listen(http.createServer(handler('storage'))),
  };
  origins.api = `${servers.api.origin}${isHost ? '/api/v3' : ''}`;
  origins.graphql = `${servers.api.origin}${isHost ? '/api/graphql' : '/graphql'}`;
  origins.uploads = isHost ? `${servers.api.origin}/api/uploads` : servers.uploads.origin;
  origins.storage = servers.storage.origin;
  contents.setRef('refs/heads/main', contents.commit({ files: { 'README.md': '# app\n' }, message: 'first' }));

  return {
    apiUrl: origins.api,
    graphqlUrl: origins.graphql,
    uploadsUrl: origins.uploads,
    storageOrigin: origins.storage,
    repository,
    log,
    clearLog: () => log.splice(0),
    fail: faults.add,
    setQuirks: (changes) => {
      quirks = { ...quirks, ...changes };
    },
    setRemaining: limits.set,
    contents,
    violations,
    stop: async () => {
      await Promise.all(Object.values(servers).map(({ stop }) => stop()));
      if (violations.length > 0) throw new Error(`not as GitHub describes it:\n${violations.join('\n')}`);
    },
  };
}

function rawRequest(request: http.IncomingMessage, body: Uint8Array, interrupted: boolean): RawRequest {
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', `http://${request.headers.host}`),
    headers: plainHeaders(request),
    body,
    interrupted,
  };
}

function plainHeaders(request: http.IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
}

function describeRequest(
  at: SeenRequest['at'],
  request: http.IncomingMessage,
  body: Buffer,
  access: ReturnType<typeof createAccess>,
): SeenRequest {
  const { authorization, ...headers } = plainHeaders(request);
  const path = request.url ?? '';
  const elsewhere = `${path}\n${JSON.stringify(headers)}\n${body.toString('latin1')}`;
  return {
    at,
    method: request.method ?? '',
    path,
    headers,
    token: access.nameOf(authorization),
    leaked: access.holdsSecret(elsewhere),
  };
}
