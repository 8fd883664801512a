import { type Access, refusal } from './access.ts';
import { ASSET_ROUTES, answerStorage, UPLOAD_ROUTES } from './assets-api.ts';
import { DEPLOYMENT_ROUTES } from './deployments-api.ts';
import type { Description } from './description.ts';
import { FILE_ROUTES } from './files-api.ts';
import { answerGraphql } from './graphql-api.ts';
import type { Limits } from './limits.ts';
import { OBJECT_ROUTES } from './objects-api.ts';
import { REF_ROUTES } from './refs-api.ts';
import { RELEASE_ROUTES } from './releases-api.ts';
import { failure, notFound, type Reply } from './reply.ts';
import { REPOSITORY_ROUTES } from './repository-api.ts';
import { findRoute, type Incoming } from './route.ts';
import type { SeenRequest } from './types.ts';
import type { World } from './world.ts';

const API_ROUTES = [
  ...DEPLOYMENT_ROUTES,
  ...REPOSITORY_ROUTES,
  ...REF_ROUTES,
  ...OBJECT_ROUTES,
  ...FILE_ROUTES,
  ...ASSET_ROUTES,
  ...RELEASE_ROUTES,
];

/** A request before its path was read. */
export type RawRequest = Pick<Incoming, 'method' | 'url' | 'headers' | 'body' | 'interrupted'>;

export interface Services {
  readonly world: World;
  readonly access: Access;
  readonly limits: Limits;
  /** Undefined: nothing is checked. */
  readonly description: Description | undefined;
  readonly violations: string[];
}

/** The answer to one request at one of the hosts. */
export async function answerRequest(at: SeenRequest['at'], request: RawRequest, services: Services): Promise<Reply> {
  const { world, access, limits } = services;
  // The other host takes whoever has a signed address.
  if (at === 'storage') return request.method === 'GET' ? answerStorage(request.url, world) : notFound();
  const authorization = request.headers['authorization'];
  const may = access.callerOf(authorization);
  if (may === undefined) return failure(401, 'Bad credentials');
  const base = new URL(at === 'api' ? world.origins.api : world.origins.uploads).pathname.replace(/\/$/, '');
  const { pathname } = request.url;
  if (at === 'api' && pathname === new URL(world.origins.graphql).pathname) {
    if (request.method !== 'POST') return notFound();
    if (authorization === undefined) return failure(401, 'This endpoint requires you to be authenticated.');
    return limits.take() ?? answerGraphql({ ...request, params: {}, may }, world, limits);
  }
  if (!pathname.startsWith(`${base}/`)) return notFound();
  const path = pathname.slice(base.length);
  if (path === '/rate_limit' && request.method === 'GET') return limits.overview();
  const found = findRoute(at === 'api' ? API_ROUTES : UPLOAD_ROUTES, request.method, path);
  if (found === undefined) return notFound();
  const { route, params } = found;
  const limited = limits.take();
  if (limited !== undefined) return limited;
  const isOther =
    params['owner'] !== undefined && `${params['owner']}/${params['repo']}` !== `${world.owner}/${world.repo}`;
  const allowed = route.needs.some(([permission, level]) => may(permission, level));
  const token = access.nameOf(authorization);
  const answer = isOther
    ? notFound()
    : allowed
      ? route.answer({ ...request, params, may }, world)
      : refusal(route, world.quirks(), token);
  return checked(route.template, request, answer, services);
}

/** The answer, or 500 where the exchange is not as GitHub describes it. */
function checked(template: string, request: RawRequest, answer: Reply, services: Services): Reply {
  const { description } = services;
  if (description === undefined) return answer;
  const problems = description.check({
    method: request.method,
    template,
    query: request.url.searchParams,
    requestType: request.headers['content-type'],
    requestBody: request.body,
    status: answer.status,
    responseType: answer.headers['content-type'],
    responseBody: answer.body,
  });
  if (problems.length === 0) return answer;
  services.violations.push(...problems);
  return failure(500, `not as GitHub describes it: ${problems.join('; ')}`);
}
