import { type ErrorKind, errorCode, redact, WaybillError } from '../errors/index.ts';
import { isTransient } from '../http/index.ts';

/** GitHub's answer that is an error. */
export class GitHubError extends WaybillError {
  /** Of HTTP; 200 for errors inside an answer of GraphQL. */
  readonly status: number;
  /** What GitHub said, in its words. For finding out what it means: not for people. */
  readonly said: string;
  /** Milliseconds to wait before the next try, where a limit was met. */
  readonly waitMs: number | undefined;
  /** GitHub said for how long; otherwise it is a guess. */
  readonly saidWhen: boolean;

  constructor(code: string, message: string, about: GitHubErrorFacts) {
    const { kind = 'remote', hint } = about;
    super(code, message, { kind, ...(hint === undefined ? {} : { hint }) });
    this.status = about.status;
    this.said = about.said;
    this.waitMs = about.waitMs;
    this.saidWhen = about.saidWhen ?? true;
  }
}

export interface GitHubErrorFacts {
  readonly status: number;
  readonly said: string;
  readonly waitMs?: number | undefined;
  readonly saidWhen?: boolean;
  readonly kind?: ErrorKind;
  readonly hint?: string;
}

/** An answer as it came, before anybody knows what it means. */
export interface RefusedAnswer {
  /** `POST https://api.github.com/repos/OWNER/REPO/git/refs`, without a query. */
  readonly what: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  /** What the call needs, for the case that GitHub does not say: `contents: write`. */
  readonly needs: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MINUTE_MS = 60_000;
const SECONDARY = /secondary rate limit|abuse detection/i;

/** What an answer with an error means. */
export function gitHubError({ what, status, headers, body, needs, now }: RefusedAnswer): GitHubError {
  const said = wordsOf(body);
  const message = redact(`${what} answers ${status}${said === '' ? '' : `: ${short(said)}`}`);
  const told = limitWait(status, headers, now);
  const waitMs = told ?? (isLimit(status, said) ? MINUTE_MS : undefined);
  if (waitMs !== undefined) {
    return new GitHubError('GITHUB_RATE_LIMITED', message, {
      status,
      said,
      waitMs,
      saidWhen: told !== undefined,
      hint: `GitHub takes requests again in ${Math.ceil(waitMs / 1000)} s. Fewer jobs at once, or a token of its own for this one, help.`,
    });
  }
  if (status === 401) {
    const hint = 'The token is not one of this GitHub, or it has expired: give the job another github-token.';
    return new GitHubError('GITHUB_UNAUTHENTICATED', message, { status, said, kind: 'user', hint });
  }
  if (status === 403) return denied(message, status, said, acceptedOf(headers) ?? needs);
  if (status === 404) {
    return new GitHubError('GITHUB_NOT_FOUND', message, {
      status,
      said,
      kind: 'user',
      hint: `It is not there, or the token may not see it: GitHub answers 404 to both. Needed: ${permissionHint(acceptedOf(headers) ?? needs)}`,
    });
  }
  if (status >= 500) {
    return new GitHubError('GITHUB_SERVER_ERROR', message, {
      status,
      said,
      hint: 'Try again later; see githubstatus.com.',
    });
  }
  return new GitHubError('GITHUB_REFUSED', message, { status, said });
}

/** The error for a token that lacks a permission. */
export function denied(message: string, status: number, said: string, needs: string): GitHubError {
  return new GitHubError('GITHUB_DENIED', message, {
    status,
    said,
    kind: 'user',
    hint: `Needed: ${permissionHint(needs)}`,
  });
}

function permissionHint(needs: string): string {
  return `\`permissions: ${needs}\` of the job (on pull requests from forks GitHub gives no token that may write).`;
}

/** The same, as a token's owner is told it by `x-accepted-github-permissions`: `contents=write; pull_requests=write`. */
function acceptedOf(headers: RefusedAnswer['headers']): string | undefined {
  const header = headers['x-accepted-github-permissions'] ?? '';
  const found = [...header.matchAll(/([a-z_]+)=(read|write|admin)/g)].map(
    ([, name = '', level]) => `${name.replaceAll('_', '-')}: ${level}`,
  );
  return found.length === 0 ? undefined : found.join(' or ');
}

/**
 * How long a limit lasts, as GitHub says it and in the order of its "Best practices for using the REST API": `Retry-After`;
 * the reset of the hour where nothing remains. Without both a secondary limit lasts a minute at least.
 */
function limitWait(status: number, headers: RefusedAnswer['headers'], now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter.trim())) return Number(retryAfter) * 1000;
  const reset = Number(headers['x-ratelimit-reset']);
  return headers['x-ratelimit-remaining'] === '0' && reset > 0 ? Math.max(1000, reset * 1000 - now) : undefined;
}

function isLimit(status: number, said: string): boolean {
  return status === 429 || (status === 403 && SECONDARY.test(said));
}

/** Whether the same request may fare better later. */
export function isRetryable(error: unknown): boolean {
  return isInDoubt(error) || errorCode(error) === 'GITHUB_RATE_LIMITED';
}

/** Whether nobody can know if what was asked was done: the connection broke, or a server in between failed. */
export function isInDoubt(error: unknown): boolean {
  return isTransient(error) || errorCode(error) === 'GITHUB_SERVER_ERROR';
}

/** What GitHub said in the body of an error: its message, and those of its fields. */
function wordsOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null || !('message' in body)) return '';
  const errors: readonly unknown[] = 'errors' in body && Array.isArray(body.errors) ? body.errors : [];
  return [String(body.message), ...errors.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))].join(
    ' ',
  );
}

function short(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** An answer that is not what GitHub describes. Another try may bring a whole one. */
export function unreadable(what: string, why: string): WaybillError {
  return new WaybillError('GITHUB_UNREADABLE', redact(`${what} has an answer that cannot be read: ${why}`), {
    kind: 'remote',
    hint: 'Something between here and GitHub may answer in its place: check GITHUB_API_URL and the proxy.',
  });
}
