import type { FakeContents } from './types.ts';
import { newAsset, newRelease, publishedOf, type World } from './world.ts';

const SOMEONE = { name: 'Octo Cat', email: 'octo@example.com' };

/** The view of tests on what is stored. */
export function createContents(world: World): FakeContents {
  return {
    commit({ files, parents = [], message = 'planted' }) {
      let tree = world.objects.putTree([]);
      for (const [path, content] of Object.entries(files)) {
        const sha = world.objects.putBlob(Buffer.from(content));
        tree = world.objects.withEntry(tree, path, { mode: '100644', sha });
      }
      const person = { ...SOMEONE, date: world.now() };
      return world.objects.putCommit({ tree, parents, author: person, committer: person, message });
    },
    setRef(ref, commit) {
      if (commit === undefined) world.refs.delete(ref);
      else world.refs.set(ref, commit);
    },
    ref: (ref) => world.refs.get(ref),
    refs: () => [...world.refs.keys()].sort(),
    releases: () =>
      [...world.releases.values()].map(({ id, tag, draft, prerelease, immutable, assets }) => ({
        id,
        tag,
        draft,
        prerelease,
        immutable,
        assets: assets.map((asset) => ({
          id: asset.id,
          name: asset.name,
          label: asset.label,
          state: asset.state,
          bytes: asset.bytes,
        })),
      })),
    plantRelease(tag) {
      const target = world.refs.get(`refs/heads/${world.defaultBranch}`) ?? '';
      world.refs.set(`refs/tags/${tag}`, target);
      newRelease(world, { tag, target, name: tag, body: null, draft: false, prerelease: false });
    },
    plantAssets(tag, assets) {
      const target = world.refs.get(`refs/heads/${world.defaultBranch}`) ?? '';
      if (!world.refs.has(`refs/tags/${tag}`)) world.refs.set(`refs/tags/${tag}`, target);
      const release =
        publishedOf(world, tag) ??
        newRelease(world, { tag, target, name: tag, body: null, draft: false, prerelease: true });
      const made = assets.map(({ name, bytes, label = '' }) =>
        newAsset(world, { name, label, bytes, contentType: 'application/json', state: 'uploaded' }),
      );
      release.assets = [...release.assets, ...made];
    },
    spoilAsset(id, bytes) {
      const asset = [...world.releases.values()].flatMap(({ assets }) => assets).find((each) => each.id === id);
      if (asset === undefined) throw new Error(`expected an asset ${id}`);
      asset.bytes = bytes;
    },
    plantVersion(packageName, digest, tags) {
      const id = world.nextId();
      world.versions.set(id, { id, packageName, digest, tags, at: world.now(), deleted: false });
    },
    plantRun: (run) => world.runs.set(`${run.id}/${run.attempt}`, run),
    deployments: () =>
      [...world.deployments.values()].map(({ name, digest, status, environment, deployment, version, repository }) => ({
        name,
        digest,
        status,
        environment,
        deployment,
        version,
        repository,
      })),
    comments: (issue) => [...world.comments.values()].filter((each) => each.issue === issue).map(({ body }) => body),
  };
}
