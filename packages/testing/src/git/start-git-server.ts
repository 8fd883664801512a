import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { listen } from '../loopback/index.ts';
import { gitEnv } from './run-git.ts';

export interface GitServerOptions {
  /** The folder that holds the repositories: `/app.git` of a URL is `app.git` below it. */
  readonly root: string;
  /** What a reader must show, as `x-access-token:<token>`. Default: nobody is asked. */
  readonly token?: string;
  /** Pushes are denied. */
  readonly readOnly?: boolean;
  /** Every request is answered with a redirect to this origin. */
  readonly redirectTo?: string;
  /** Settings of the server's git, as `name=value`. */
  readonly settings?: readonly string[];
}

export interface GitRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
}

export interface GitServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly requests: readonly GitRequest[];
  stop(): Promise<void>;
}

/** A git host: `git http-backend` behind a server of the loopback, with tokens as GitHub takes them. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: GitRequest[] = [];
  const backend = path.join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const server = http.createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, authorization: headers.authorization });
    const refusal = refusalOf(options, url, headers.authorization);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.text);
      request.resume();
      return;
    }
    serve(backend, options, request, response);
  });
  const { origin, stop } = await listen(server);
  return {
    origin,
    requests,
    stop,
  };
}

function refusalOf({ token, readOnly = false, redirectTo }: GitServerOptions, url: string, authorization?: string) {
  if (redirectTo !== undefined) return { status: 301, headers: { location: redirectTo + url }, text: '' };
  const wanted = `Basic ${Buffer.from(`x-access-token:${token ?? ''}`).toString('base64')}`;
  if (token !== undefined && authorization?.toLowerCase() !== wanted.toLowerCase()) {
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' }, text: 'no\n' };
  }
  if (readOnly && url.includes('git-receive-pack')) return { status: 403, headers: {}, text: 'Write access denied\n' };
  return undefined;
}

/** One request by CGI (RFC 3875). */
function serve(
  backend: string,
  { root, settings = [] }: GitServerOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://host');
  const header = (name: string) => String(request.headers[name] ?? '');
  const pairs = settings.flatMap((setting, i) => {
    const at = setting.indexOf('=');
    return [
      [`GIT_CONFIG_KEY_${i}`, setting.slice(0, at)],
      [`GIT_CONFIG_VALUE_${i}`, setting.slice(at + 1)],
    ] as const;
  });
  const child = spawn(backend, [], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: gitEnv({
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_USER: 'octo',
      REMOTE_ADDR: '127.0.0.1',
      ...Object.fromEntries(pairs),
      GIT_CONFIG_COUNT: String(settings.length),
    }),
  });
  child.on('error', () => response.destroy());
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  child.stdout.on('data', function onHead(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    child.stdout.off('data', onHead);
    writeHead(response, head.toString('latin1', 0, end));
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  });
  child.stdout.once('end', () => {
    if (!response.headersSent) response.destroy();
  });
}

function writeHead(response: http.ServerResponse, text: string): void {
  const headers = text
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1];
  response.writeHead(
    status === undefined ? 200 : Number.parseInt(status, 10),
    Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== 'status')),
  );
}
