import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import type { Http, RequestBody } from '../http/index.ts';
import type { GitHubUrls } from './github-urls.ts';

export interface GitHubOptions {
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly urls: GitHubUrls;
  /** Sent to the hosts of `urls` alone. Empty: one may read what is public. */
  readonly token: string;
  readonly http: Http;
  readonly clock: RetryClock;
  /** Milliseconds between writes; default 1000, as GitHub asks. */
  readonly writeGapMs?: number;
  /** Milliseconds that one call may take with all its tries; default 5 minutes. A limit that lasts longer is an error at once. */
  readonly budgetMs?: number;
  /** Told before each wait, in one line. */
  readonly onWait?: (line: string) => void;
}

export interface Call extends IoOptions {
  /** What the token needs, as a job's `permissions` have it: `contents: write`. */
  readonly needs: string;
  /** Statuses from 400 on that are answers. */
  readonly answers?: readonly number[];
  /**
   * Whether a request whose answer was lost may be sent again. Default: it may, save for POST and PATCH; those fail with
   * the error of the way, and the caller finds out what was done.
   */
  readonly repeatable?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  readonly value: T;
}

/** Parameters of a route: those of the path by name, the others in the query or the body. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * GitHub's API, for one repository. Reads are tried again, limits are waited for, writes keep a second's distance.
 *
 * Every method may throw WaybillError `GITHUB_DENIED`, `GITHUB_UNAUTHENTICATED`, `GITHUB_NOT_FOUND` (user),
 * `GITHUB_RATE_LIMITED`, `GITHUB_SERVER_ERROR`, `GITHUB_REFUSED`, `GITHUB_UNREADABLE` (remote), `GITHUB_HOST_REFUSED`
 * (integrity), and what {@link Http} throws.
 */
export interface GitHub {
  readonly owner: string;
  readonly repo: string;
  readonly urls: GitHubUrls;
  readonly clock: RetryClock;
  /**
   * One request of the REST API.
   * @param route a method and a path below `/repos/OWNER/REPO` with names in braces: `GET /git/ref/{+ref}`; or one that begins
   *   with `/orgs/{org}/`, of the organization that owns it
   * @param parse narrows the answer's JSON; what it throws is `GITHUB_UNREADABLE`. Not called for `answers`.
   */
  rest<T>(
    route: string,
    parameters: Parameters,
    parse: (json: unknown) => T,
    call: Call,
  ): Promise<Answer<T | undefined>>;
  /** The pages of a list, each narrowed by `parse`; the next is asked for when the one before was taken. */
  pages<T>(route: string, parameters: Parameters, parse: (json: unknown) => T, call: Call): AsyncIterable<T>;
  /** One request of the GraphQL API. `owner` and `repo` are variables of every query. */
  graphql<T>(query: string, variables: Parameters, parse: (data: unknown) => T, call: Call): Promise<T>;
  /** Sends an asset of a release, with its length known before. Never sent again by itself. */
  upload<T>(upload: Upload, parse: (json: unknown) => T, call: Call): Promise<Answer<T | undefined>>;
  /** The bytes of an asset. Undefined where there is none. The host that holds them never sees the token. */
  download(asset: number, options: IoOptions & { readonly maxBytes: number }): Promise<Uint8Array | undefined>;
}

export interface Upload {
  readonly release: number;
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly body: RequestBody;
}
