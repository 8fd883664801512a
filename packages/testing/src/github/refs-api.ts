import { failure, invalid, json, notFound, type Reply, reply, ruleViolation } from './reply.ts';
import { flagField, type Incoming, type Route, textField } from './route.ts';
import { gitRef } from './shapes.ts';
import { readRef, readRefs, setRef, type World } from './world.ts';

const BASE = '/repos/{owner}/{repo}/git';

/** Git references (REST API, "Git references"). */
export const REF_ROUTES: readonly Route[] = [
  { method: 'GET', template: `${BASE}/ref/{ref}`, needs: [['contents', 'read']], answer: getRef },
  { method: 'GET', template: `${BASE}/matching-refs/{ref}`, needs: [['contents', 'read']], answer: listMatching },
  { method: 'POST', template: `${BASE}/refs`, needs: [['contents', 'write']], answer: createRef },
  { method: 'PATCH', template: `${BASE}/refs/{ref}`, needs: [['contents', 'write']], answer: updateRef },
  { method: 'DELETE', template: `${BASE}/refs/{ref}`, needs: [['contents', 'write']], answer: deleteRef },
];

function getRef({ params }: Incoming, world: World): Reply {
  const ref = `refs/${params['ref']}`;
  const sha = readRef(world, ref);
  return sha === undefined ? notFound() : json(200, gitRef(world, ref, sha));
}

function listMatching({ params }: Incoming, world: World): Reply {
  const start = `refs/${params['ref']}`;
  const found = [...readRefs(world)].filter(([ref]) => ref.startsWith(start)).sort(([a], [b]) => (a < b ? -1 : 1));
  return json(
    200,
    found.map(([ref, sha]) => gitRef(world, ref, sha)),
  );
}

function createRef({ body }: Incoming, world: World): Reply {
  const [ref, sha] = [textField(body, 'ref') ?? '', textField(body, 'sha') ?? ''];
  if (![...world.refs.keys()].some((each) => each.startsWith('refs/heads/'))) {
    return failure(409, 'Git Repository is empty.');
  }
  const problem = problemOfNewRef(world, ref, sha);
  if (problem !== undefined) return problem;
  setRef(world, ref, sha);
  const made = gitRef(world, ref, sha);
  return json(201, made, { location: made.url });
}

/** Why this ref cannot be created; undefined where it can. */
export function problemOfNewRef(world: World, ref: string, sha: string): Reply | undefined {
  if (!/^refs\/[^/]+\/./.test(ref)) {
    return invalid("Reference name must start with 'refs/' and contain at least 2 slashes");
  }
  if (isMalformed(ref)) return invalid(`${ref} is not a valid ref name.`);
  if (world.refs.has(ref)) return invalid('Reference already exists');
  if (world.objects.commit(sha) === undefined) return invalid('Object does not exist');
  // A ref is a file in git, or a folder.
  const clash = [...world.refs.keys()].some((each) => each.startsWith(`${ref}/`) || ref.startsWith(`${each}/`));
  if (clash) return invalid('Reference cannot be created');
  if (world.quirks().refuseRef(ref)) return ruleViolation('Cannot create ref due to creations being restricted.');
  return undefined;
}

/** git-check-ref-format(1), as far as tests go. */
function isMalformed(ref: string): boolean {
  return /\.\.|[\0- ~^:?*[\\\x7f]|\/\/|\/$|\.lock(\/|$)|\/\.|@\{/.test(ref);
}

function updateRef({ params, body }: Incoming, world: World): Reply {
  const ref = `refs/${params['ref']}`;
  const sha = textField(body, 'sha') ?? '';
  const problem = problemOfMove(world, ref, sha, flagField(body, 'force') ?? false);
  if (problem !== undefined) return problem;
  setRef(world, ref, sha);
  return json(200, gitRef(world, ref, sha));
}

/** Why this ref cannot move there; undefined where it can. */
export function problemOfMove(world: World, ref: string, sha: string, force: boolean): Reply | undefined {
  const from = world.refs.get(ref);
  if (from === undefined) return invalid('Reference does not exist');
  if (world.objects.commit(sha) === undefined) return invalid('Object does not exist');
  if (!force && !world.objects.ancestors(sha).has(from)) return invalid('Update is not a fast forward');
  if (world.quirks().refuseRef(ref)) return ruleViolation('Cannot update this protected ref.');
  return undefined;
}

function deleteRef({ params }: Incoming, world: World): Reply {
  const ref = `refs/${params['ref']}`;
  if (!world.refs.has(ref)) return invalid('Reference does not exist');
  if (world.quirks().refuseRef(ref)) return ruleViolation('Cannot delete this protected ref.');
  setRef(world, ref, undefined);
  return reply(204);
}
