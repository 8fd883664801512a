import { redact } from '../errors/index.ts';
import { type Fields, isFields } from './fields.ts';
import { denied, GitHubError } from './github-error.ts';

interface GraphqlAnswer {
  readonly what: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

/** The `data` of an answer of GraphQL, which says by 200 that there were errors. @throws GitHubError for the first of them */
export function parseGraphql(
  { what, status, headers, data }: GraphqlAnswer,
  { needs, now }: { readonly needs: string; readonly now: number },
): unknown {
  const answer: Fields = isFields(data) ? data : {};
  const { errors } = answer;
  if (!Array.isArray(errors) || errors.length === 0) return answer['data'];
  const all = errors.filter(isFields);
  const said = all.map(({ message }) => String(message)).join('; ');
  const message = redact(`${what} answers: ${said.replace(/\s+/g, ' ').slice(0, 300)}`);
  const has = (type: string) => all.some((each) => each['type'] === type);
  if (has('RATE_LIMITED') || /secondary rate limit/i.test(said)) {
    const reset = Number(headers['x-ratelimit-reset']) * 1000 - now;
    const saidWhen = has('RATE_LIMITED') && reset > 0;
    return fail('GITHUB_RATE_LIMITED', message, { status, said, waitMs: saidWhen ? reset : 60_000, saidWhen });
  }
  if (has('FORBIDDEN') || has('INSUFFICIENT_SCOPES')) throw denied(message, status, said, needs);
  if (has('NOT_FOUND')) {
    const hint = `It is not there, or the token may not see it. Needed: \`permissions: ${needs}\` of the job.`;
    return fail('GITHUB_NOT_FOUND', message, { status, said, kind: 'user', hint });
  }
  // A query that took too long, or a server that failed: there is no type for it.
  if (/^(something went wrong|timeout)/i.test(said)) return fail('GITHUB_SERVER_ERROR', message, { status, said });
  return fail('GITHUB_REFUSED', message, { status, said });
}

function fail(...about: ConstructorParameters<typeof GitHubError>): never {
  throw new GitHubError(...about);
}
