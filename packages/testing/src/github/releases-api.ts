import { page } from './pages.ts';
import { failure, invalid, json, notFound, type Reply, reply } from './reply.ts';
import { flagField, type Incoming, type Route, textField } from './route.ts';
import { releaseShape } from './shapes.ts';
import {
  newRelease,
  publishedOf,
  type ReleaseState,
  readAssets,
  readPublished,
  readReleases,
  releaseWillChange,
  resolveCommitish,
  setRef,
  type World,
} from './world.ts';

const BASE = '/repos/{owner}/{repo}/releases';

/** Releases (REST API, "Releases"). */
export const RELEASE_ROUTES: readonly Route[] = [
  { method: 'GET', template: BASE, needs: [['contents', 'read']], answer: listReleases },
  { method: 'POST', template: BASE, needs: [['contents', 'write']], answer: createRelease },
  { method: 'GET', template: `${BASE}/latest`, needs: [['contents', 'read']], answer: getLatest },
  { method: 'GET', template: `${BASE}/tags/{tag}`, needs: [['contents', 'read']], answer: getByTag },
  { method: 'GET', template: `${BASE}/{release_id}`, needs: [['contents', 'read']], answer: getRelease },
  { method: 'PATCH', template: `${BASE}/{release_id}`, needs: [['contents', 'write']], answer: updateRelease },
  { method: 'DELETE', template: `${BASE}/{release_id}`, needs: [['contents', 'write']], answer: deleteRelease },
];

/** The release of the path, if this caller may see it: drafts are for those who may write. */
export function visibleRelease({ params, may }: Incoming, world: World): ReleaseState | undefined {
  const release = world.releases.get(Number(params['release_id']));
  return release !== undefined && (!release.draft || may('contents', 'write')) ? release : undefined;
}

const shown = (world: World, release: ReleaseState) => releaseShape(world, release, readAssets(world, release));

function listReleases(request: Incoming, world: World): Reply {
  const seen = readReleases(world).filter(({ draft }) => !draft || request.may('contents', 'write'));
  return page(
    request,
    seen.map((release) => shown(world, release)),
    world.quirks().pageSize,
  );
}

function getLatest(_: Incoming, world: World): Reply {
  const latest = readReleases(world).find(({ draft, prerelease }) => !draft && !prerelease);
  return latest === undefined ? notFound() : json(200, shown(world, latest));
}

function getByTag({ params }: Incoming, world: World): Reply {
  const release = readPublished(world, params['tag'] ?? '');
  return release === undefined ? notFound() : json(200, shown(world, release));
}

function getRelease(request: Incoming, world: World): Reply {
  const release = visibleRelease(request, world);
  return release === undefined ? notFound() : json(200, shown(world, release));
}

function createRelease({ body }: Incoming, world: World): Reply {
  const tag = textField(body, 'tag_name') ?? '';
  const draft = flagField(body, 'draft') ?? false;
  const target = textField(body, 'target_commitish') ?? world.defaultBranch;
  if (tag === '')
    return invalid('Validation Failed', [{ resource: 'Release', code: 'missing_field', field: 'tag_name' }]);
  if (!draft) {
    const problem = problemOfPublishing(world, tag, target);
    if (problem !== undefined) return problem;
    if (!world.refs.has(`refs/tags/${tag}`)) setRef(world, `refs/tags/${tag}`, resolveCommitish(world, target));
    releaseWillChange(world, tag);
  }
  const release = newRelease(world, {
    tag,
    target,
    name: textField(body, 'name') ?? null,
    body: textField(body, 'body') ?? null,
    draft,
    prerelease: flagField(body, 'prerelease') ?? false,
  });
  const shape = releaseShape(world, release, []);
  return json(201, shape, { location: shape.url });
}

/** Why no release of this tag can be published; undefined where it can. */
function problemOfPublishing(world: World, tag: string, target: string, self?: ReleaseState): Reply | undefined {
  const standing = publishedOf(world, tag);
  if (standing !== undefined && standing !== self) {
    return invalid('Validation Failed', [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }]);
  }
  if (world.burnt.has(tag)) {
    return invalid('Validation Failed', [
      { resource: 'Release', code: 'custom', field: 'tag_name', message: 'tag_name was used by an immutable release' },
    ]);
  }
  const ref = `refs/tags/${tag}`;
  if (world.refs.has(ref)) return undefined;
  if (resolveCommitish(world, target) === undefined) {
    return invalid('Validation Failed', [{ resource: 'Release', code: 'invalid', field: 'target_commitish' }]);
  }
  if (!world.quirks().refuseRef(ref)) return undefined;
  const rule = 'Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n';
  return invalid('Validation Failed', [
    { resource: 'Release', code: 'custom', field: 'pre_receive', message: `pre_receive ${rule}` },
    { resource: 'Release', code: 'custom', message: 'Published releases must have a valid tag' },
  ]);
}

function updateRelease(request: Incoming, world: World): Reply {
  const release = visibleRelease(request, world);
  if (release === undefined) return notFound();
  const { body } = request;
  const tag = textField(body, 'tag_name') ?? release.tag;
  const target = textField(body, 'target_commitish') ?? release.target;
  const draft = flagField(body, 'draft') ?? release.draft;
  if (release.immutable && (tag !== release.tag || draft)) return failure(422, 'Cannot update an immutable release.');
  if (!draft) {
    const problem = problemOfPublishing(world, tag, target, release);
    if (problem !== undefined) return problem;
    if (!world.refs.has(`refs/tags/${tag}`)) setRef(world, `refs/tags/${tag}`, resolveCommitish(world, target));
  }
  releaseWillChange(world, tag);
  release.tag = tag;
  release.target = target;
  release.name = textField(body, 'name') ?? release.name;
  release.body = textField(body, 'body') ?? release.body;
  release.prerelease = flagField(body, 'prerelease') ?? release.prerelease;
  if (release.draft && !draft) {
    release.publishedAt = world.now();
    release.immutable = world.quirks().immutableReleases;
  }
  release.draft = draft;
  return json(200, releaseShape(world, release, release.assets));
}

function deleteRelease(request: Incoming, world: World): Reply {
  const release = visibleRelease(request, world);
  if (release === undefined) return notFound();
  releaseWillChange(world, release.tag);
  if (release.immutable) world.burnt.add(release.tag);
  world.releases.delete(release.id);
  return reply(204);
}
