import { WaybillError } from '../errors/index.ts';

/** Where one GitHub is. Without a slash at the end. */
export interface GitHubUrls {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly api: string;
  readonly graphql: string;
  /** `https://uploads.github.com`, or `https://HOST/api/uploads`. */
  readonly uploads: string;
}

/**
 * The URLs of the GitHub that a job runs on, from `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL` as the runner sets them
 * (github.com without them). Uploads go to `uploads.` beside `api.`, or to `/api/uploads` of a GitHub Enterprise Server.
 * @throws WaybillError `GITHUB_URL_INVALID` (user): neither https nor a loopback address, or with more than host and path
 */
export function gitHubUrls(env: Readonly<Record<string, string | undefined>>): GitHubUrls {
  const api = parseBase('GITHUB_API_URL', env['GITHUB_API_URL'] || 'https://api.github.com');
  const onHost = /^(.*)\/api\/v3$/.exec(api.pathname);
  const graphql = env['GITHUB_GRAPHQL_URL'] || `${onHost ? `${api.origin}/api` : text(api)}/graphql`;
  return {
    api: text(api),
    graphql: text(parseBase('GITHUB_GRAPHQL_URL', graphql)),
    uploads: onHost ? `${api.origin}/api/uploads` : text(new URL(api.href.replace('//api.', '//uploads.'))),
  };
}

/** The name of this GitHub for people: its API's host. */
export function hostOf({ api }: GitHubUrls): string {
  return new URL(api).host;
}

function parseBase(name: string, value: string): URL {
  const url = URL.parse(value);
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isLoopback = url !== null && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  if (url !== null && isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) {
    return new URL(text(url));
  }
  throw new WaybillError('GITHUB_URL_INVALID', `${name} is ${JSON.stringify(value)}, expected https://HOST[/PATH]`, {
    kind: 'user',
    hint: 'The runner sets it; outside of a run leave it out for github.com.',
  });
}

function text(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
