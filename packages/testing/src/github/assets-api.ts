import { page } from './pages.ts';
import { visibleRelease } from './releases-api.ts';
import { failure, invalid, json, notFound, type Reply, reply } from './reply.ts';
import { type Incoming, type Route, textField } from './route.ts';
import { releaseAsset } from './shapes.ts';
import { type AssetState, newAsset, type ReleaseState, readAssets, setAssets, type World } from './world.ts';

const BASE = '/repos/{owner}/{repo}/releases';
const ONE = `${BASE}/assets/{asset_id}`;

/** Assets of releases (REST API, "Release assets"). They stand before the routes of releases, which would match as well. */
export const ASSET_ROUTES: readonly Route[] = [
  { method: 'GET', template: `${BASE}/{release_id}/assets`, needs: [['contents', 'read']], answer: listAssets },
  { method: 'GET', template: ONE, needs: [['contents', 'read']], answer: getAsset },
  { method: 'PATCH', template: ONE, needs: [['contents', 'write']], answer: updateAsset },
  { method: 'DELETE', template: ONE, needs: [['contents', 'write']], answer: deleteAsset },
];

/** What the host for uploads knows. */
export const UPLOAD_ROUTES: readonly Route[] = [
  { method: 'POST', template: `${BASE}/{release_id}/assets`, needs: [['contents', 'write']], answer: uploadAsset },
];

function listAssets(request: Incoming, world: World): Reply {
  const release = visibleRelease(request, world);
  if (release === undefined) return notFound();
  const shapes = readAssets(world, release).map((asset) => releaseAsset(world, release, asset));
  return page(request, shapes, world.quirks().pageSize);
}

interface Found {
  readonly release: ReleaseState;
  readonly asset: AssetState;
}

function findAsset({ params, may }: Incoming, world: World): Found | undefined {
  const id = Number(params['asset_id']);
  for (const release of world.releases.values()) {
    const asset = release.assets.find((each) => each.id === id);
    if (asset !== undefined && (!release.draft || may('contents', 'write'))) return { release, asset };
  }
  return undefined;
}

function getAsset(request: Incoming, world: World): Reply {
  const found = findAsset(request, world);
  if (found === undefined) return notFound();
  const { release, asset } = found;
  if (request.headers['accept'] !== 'application/octet-stream') return json(200, releaseAsset(world, release, asset));
  if (asset.state === 'starter') return notFound();
  if (world.quirks().downloads === 'other-host') {
    return reply(302, { location: `${world.origins.storage}/assets/${asset.id}?sig=signature-of-${asset.id}` });
  }
  return assetBytes(asset);
}

function assetBytes(asset: AssetState): Reply {
  return reply(200, { 'content-type': 'application/octet-stream' }, asset.bytes);
}

/** What the other host gives for one of its signed addresses. */
export function answerStorage(url: URL, world: World): Reply {
  const [, id] = /^\/assets\/(\d+)$/.exec(url.pathname) ?? [];
  const asset = [...world.releases.values()].flatMap(({ assets }) => assets).find((each) => each.id === Number(id));
  if (asset === undefined) return reply(404);
  return url.searchParams.get('sig') === `signature-of-${id}` ? assetBytes(asset) : reply(403);
}

function uploadAsset(request: Incoming, world: World): Reply {
  const { url, headers, body, interrupted } = request;
  const release = visibleRelease(request, world);
  if (release === undefined) return notFound();
  if (headers['content-length'] === undefined) return failure(400, 'Bad Content-Length');
  if (headers['content-type'] === undefined) return failure(400, 'Bad Content-Type');
  const asked = url.searchParams.get('name') ?? '';
  if (asked === '') return assetInvalid('missing_field', 'name');
  const name = renamed(asked);
  if (release.immutable) return failure(422, 'Cannot upload assets to an immutable release.');
  if (release.assets.some((asset) => asset.name === name)) return assetInvalid('already_exists', 'name');
  const most = world.quirks().assetsPerRelease;
  if (release.assets.length >= most) {
    return assetInvalid('custom', 'file_count', `file_count limited to ${most} assets per release`);
  }
  const asset = newAsset(world, {
    name,
    label: url.searchParams.get('label') ?? '',
    contentType: headers['content-type'],
    state: interrupted ? 'starter' : 'uploaded',
    bytes: interrupted ? new Uint8Array() : Uint8Array.from(body),
  });
  setAssets(world, release, [...release.assets, asset]);
  return interrupted ? failure(502, 'Server Error') : json(201, releaseAsset(world, release, asset));
}

/** "GitHub renames asset filenames that have special characters […] and leading or trailing periods" (Upload a release asset). */
export function renamed(name: string): string {
  return name.replace(/[^A-Za-z0-9._+@-]+/g, '.').replace(/^\.+|\.+$/g, '');
}

function assetInvalid(code: string, field: string, message?: string): Reply {
  const more = message === undefined ? {} : { message };
  return invalid('Validation Failed', [{ resource: 'ReleaseAsset', code, field, ...more }]);
}

function updateAsset(request: Incoming, world: World): Reply {
  const found = findAsset(request, world);
  if (found === undefined) return notFound();
  const { release, asset } = found;
  if (release.immutable) return failure(422, 'Cannot update an immutable release.');
  const name = renamed(textField(request.body, 'name') ?? asset.name);
  if (release.assets.some((each) => each !== asset && each.name === name)) {
    return assetInvalid('already_exists', 'name');
  }
  asset.name = name;
  asset.label = textField(request.body, 'label') ?? asset.label;
  return json(200, releaseAsset(world, release, asset));
}

function deleteAsset(request: Incoming, world: World): Reply {
  const found = findAsset(request, world);
  if (found === undefined) return notFound();
  const { release, asset } = found;
  if (release.immutable) return failure(422, 'Cannot delete an asset of an immutable release.');
  setAssets(
    world,
    release,
    release.assets.filter((each) => each !== asset),
  );
  return reply(204);
}
