import { type Retry, withRetry } from '../async/index.ts';
import { WaybillError } from '../errors/index.ts';
import { displayUrl, type HttpResponse, readAll } from '../http/index.ts';
import { ShapeError } from './fields.ts';
import type { Answer, Call, GitHub, GitHubOptions, Parameters } from './github.ts';
import { GitHubError, gitHubError, isInDoubt, isRetryable, unreadable } from './github-error.ts';
import { parseGraphql } from './graphql-answer.ts';
import { nextPage } from './next-page.ts';
import { hostRefused, octokitFetch } from './octokit-fetch.ts';
import { createPace } from './pace.ts';
import { parseRepository } from './parse-repository.ts';

const BUDGET_MS = 300_000;
const WRITE_GAP_MS = 1000;
const ATTEMPTS = 8;
const BACKOFF = { baseMs: 500, capMs: 30_000 };
const MAX_ERROR_BYTES = 64 * 1024;
const API_VERSION = { 'x-github-api-version': '2022-11-28' };

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
  /** `GET https://api.github.com/repos/…`. */
  readonly what: string;
}

/**
 * A client over `@octokit/rest`, which is loaded with the first request. Nothing is asked before. A process has one for each
 * repository: the distance between writes is kept by each client alone.
 * @throws WaybillError `GITHUB_REPOSITORY_INVALID` (user)
 */
export function createGitHub(options: GitHubOptions): GitHub {
  const { urls, token, http, clock, budgetMs = BUDGET_MS, writeGapMs = WRITE_GAP_MS } = options;
  const { owner, repo } = parseRepository(options.repository);
  const origins = [urls.api, urls.graphql, urls.uploads].map((url) => new URL(url).origin);
  const pace = createPace({ clock, writeGapMs, budgetMs });
  const authorization: Record<string, string> = token === '' ? {} : { authorization: `token ${token}` };
  let loaded: ReturnType<typeof load> | undefined;

  const load = async () => {
    const { Octokit } = await import('@octokit/rest');
    const quiet = () => undefined;
    return new Octokit({
      ...(token === '' ? {} : { auth: token }),
      baseUrl: urls.api,
      userAgent: 'waybill',
      request: { fetch: octokitFetch(http, origins) },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
  };

  /** One request by Octokit, whatever its status. @param route a method and a path, or a whole URL */
  const send = async (route: string, parameters: Parameters, call: Call): Promise<Raw> => {
    loaded ??= load();
    const octokit = await loaded;
    const what = shown(route);
    try {
      const { signal } = call;
      const given = {
        // What a path does not name would become a part of the query.
        ...(route.includes('{owner}') ? { owner, repo } : {}),
        ...(route.includes('{org}') ? { org: owner } : {}),
        ...parameters,
        headers: API_VERSION,
        ...(signal === undefined ? {} : { request: { signal } }),
      };
      const response = await octokit.request(route, given);
      return { status: response.status, headers: textHeaders(response.headers), data: response.data, what };
    } catch (error) {
      call.signal?.throwIfAborted();
      return { ...answerInside(error), what };
    }
  };
  const shown = (route: string) =>
    route
      .replace(/ (?=\/)/, ` ${urls.api}`)
      .replace('{owner}', owner)
      .replace('{repo}', repo)
      .replace('{org}', owner)
      .replace(/\?.*/, '');

  /** The same with tries, pace and limits; throws for statuses that are no answers. */
  const ask = async (
    method: string,
    call: Call,
    once: () => Promise<Raw>,
    isWrite = method !== 'GET',
  ): Promise<Raw> => {
    const { needs, answers = [], signal, repeatable = method !== 'POST' && method !== 'PATCH' } = call;
    const watched = () =>
      once().catch((error: unknown) => {
        if (error instanceof GitHubError && error.waitMs !== undefined) pace.hold(error.waitMs, error);
        throw error;
      });
    const attempt = async (): Promise<Raw> => {
      const raw = await (isWrite ? pace.write(watched, signal) : pace.read(watched, signal));
      const { status, headers, data, what } = raw;
      if (status < 300) return raw;
      if (status < 400) throw redirected(what, headers);
      const error = gitHubError({ what, status, headers, body: data, needs, now: clock.now() });
      if (error.waitMs !== undefined) pace.hold(error.waitMs, error);
      if (error.code !== 'GITHUB_RATE_LIMITED' && answers.includes(status)) return raw;
      throw error;
    };
    return withRetry(attempt, policy(repeatable), clock, signal);
  };

  const policy = (repeatable: boolean) => {
    let silent = 0;
    return {
      ...BACKOFF,
      attempts: ATTEMPTS,
      budgetMs,
      retryable: (error: unknown) => (repeatable || !isInDoubt(error)) && isRetryable(error),
      retryAfterMs: (error: unknown) => {
        if (!(error instanceof GitHubError) || error.waitMs === undefined) return undefined;
        // A secondary limit that goes on is waited for twice as long each time.
        if (error.saidWhen) return error.waitMs;
        silent += 1;
        return error.waitMs * 2 ** (silent - 1);
      },
      onRetry: ({ error, delayMs }: Retry) => {
        const why = error instanceof WaybillError ? error.message : String(error);
        options.onWait?.(`${why}; trying again in ${Math.ceil(delayMs / 1000)} s`);
      },
    };
  };

  const narrowed = <T>(raw: Raw, parse: (json: unknown) => T): Answer<T | undefined> => ({
    status: raw.status,
    value: raw.status >= 400 ? undefined : whole(raw, parse),
  });
  const whole = <T>({ data, what }: Raw, parse: (json: unknown) => T): T => {
    try {
      return parse(data);
    } catch (error) {
      throw error instanceof ShapeError ? unreadable(what, error.message) : error;
    }
  };

  const fullRoute = (route: string) =>
    route.includes(' /orgs/{org}/') ? route : route.replace(' /', ' /repos/{owner}/{repo}/').replace(/\/$/, '');

  return {
    owner,
    repo,
    urls,
    clock,
    async rest(route, parameters, parse, call) {
      const full = fullRoute(route);
      const method = full.split(' ')[0] ?? '';
      return narrowed(await ask(method, call, () => send(full, parameters, call)), parse);
    },
    async *pages(route, parameters, parse, call) {
      let next: string | undefined = fullRoute(route);
      let given: Parameters = { per_page: 100, ...parameters };
      const seen = new Set<string>();
      while (next !== undefined) {
        const at: string = next;
        const raw = await ask('GET', call, () => send(at, given, call));
        const { value } = narrowed(raw, parse);
        if (value === undefined) return;
        yield value;
        const link = nextPage(raw.headers['link']);
        if (link !== undefined && !origins.includes(URL.parse(link)?.origin ?? '')) throw hostRefused(link);
        if (link !== undefined && seen.has(link)) throw unreadable(raw.what, 'its pages lead in a circle');
        seen.add(link ?? '');
        next = link === undefined ? undefined : `GET ${link}`;
        given = {};
      }
    },
    async graphql(query, variables, parse, call) {
      const isWrite = /^\s*mutation\b/.test(query);
      const { repeatable = !isWrite } = call;
      const given = { query, variables: { owner, repo, ...variables } };
      const once = async () => {
        const raw = await send(`POST ${urls.graphql}`, given, call);
        return raw.status === 200 ? { ...raw, data: parseGraphql(raw, { ...call, now: clock.now() }) } : raw;
      };
      return whole(await ask('POST', { ...call, repeatable, answers: [] }, once, isWrite), parse);
    },
    async upload({ release, name, label, type, body }, parse, call) {
      const query = new URLSearchParams({ name, ...(label === '' ? {} : { label }) });
      const url = `${urls.uploads}/repos/${owner}/${repo}/releases/${release}/assets?${query.toString()}`;
      const headers = { ...authorization, ...API_VERSION, accept: 'application/vnd.github+json', 'content-type': type };
      const once = async () => {
        const { signal } = call;
        return read(
          await http.request({ method: 'POST', url, headers, body, ...(signal === undefined ? {} : { signal }) }),
          'POST',
        );
      };
      return narrowed(await ask('POST', { repeatable: false, ...call }, once), parse);
    },
    async download(asset, { signal, maxBytes }) {
      const url = `${urls.api}/repos/${owner}/${repo}/releases/assets/${asset}`;
      const headers = { ...authorization, ...API_VERSION, accept: 'application/octet-stream' };
      const call = { needs: 'contents: read', answers: [404], ...(signal === undefined ? {} : { signal }) };
      const once = async () => {
        const request = {
          method: 'GET',
          url,
          headers,
          maxBodyBytes: maxBytes,
          follow: () => true,
          ...(signal === undefined ? {} : { signal }),
        };
        const response = await http.request(request);
        if (response.status >= 300) {
          const refused = await read(response, 'GET');
          if (response.url.origin === origins[0]) return refused;
          // A signed address lives for minutes: another try gets a fresh one.
          throw new GitHubError('GITHUB_SERVER_ERROR', `${refused.what} answers ${refused.status}`, {
            status: refused.status,
            said: '',
          });
        }
        const data = await readAll(response.body, maxBytes);
        return { status: response.status, headers: response.headers, data, what: `GET ${url}` };
      };
      const { status, data } = await ask('GET', call, once);
      return status < 300 && data instanceof Uint8Array ? data : undefined;
    },
  };
}

/** The rest of an answer of the API, as JSON where it is some. */
async function read(response: HttpResponse, method: string): Promise<Raw> {
  const { status, headers, url } = response;
  const text = (await readAll(response.body, MAX_ERROR_BYTES)).toString('utf8');
  return { status, headers, data: parseJson(text), what: `${method} ${displayUrl(url)}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Octokit throws for statuses from 400 on, and wraps what its `fetch` throws: the answer, or that error. */
function answerInside(error: unknown): Omit<Raw, 'what'> {
  if (typeof error === 'object' && error !== null) {
    if ('response' in error && typeof error.response === 'object' && error.response !== null) {
      const { response } = error;
      const headers = 'headers' in response ? textHeaders(response.headers) : {};
      const status = 'status' in response && typeof response.status === 'number' ? response.status : 0;
      return { status, headers, data: 'data' in response ? response.data : undefined };
    }
    if ('cause' in error && error.cause instanceof Error) throw error.cause;
  }
  throw error;
}

function textHeaders(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function redirected(what: string, headers: Raw['headers']): WaybillError {
  const to = URL.parse(headers['location'] ?? '');
  return new WaybillError(
    'GITHUB_HOST_REFUSED',
    `${what} leads to ${to === null ? 'nowhere' : displayUrl(to)}, which is another host`,
    {
      kind: 'integrity',
      hint: 'The token is bound to the API it was given for: give the new address of the repository.',
    },
  );
}
