import { createHash } from 'node:crypto';
import { createGitObjects, type GitObjects } from './git-objects.ts';
import { createLag, type Lag } from './lag.ts';
import type { FakeDeployment, FakeRun, Quirks } from './types.ts';

export interface AssetState {
  readonly id: number;
  name: string;
  label: string | null;
  readonly contentType: string;
  readonly state: 'uploaded' | 'starter';
  bytes: Uint8Array;
  /** Of the bytes as they were uploaded. */
  readonly digest: string;
  readonly size: number;
  readonly at: string;
}

export interface ReleaseState {
  readonly id: number;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  readonly createdAt: string;
  publishedAt: string | null;
  assets: readonly AssetState[];
}

export interface CommentState {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  body: string;
  readonly at: string;
}

export interface VersionState {
  readonly id: number;
  readonly packageName: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly at: string;
  deleted: boolean;
}

export interface DeploymentState extends FakeDeployment {
  readonly id: number;
  readonly at: string;
}

/** Where the stand-in is. */
export interface Origins {
  /** With the path that the API is below, without a slash at the end. */
  api: string;
  graphql: string;
  uploads: string;
  storage: string;
}

/** One repository, and what is around it. */
export interface World {
  readonly owner: string;
  readonly repo: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  readonly objects: GitObjects;
  readonly refs: Map<string, string>;
  readonly releases: Map<number, ReleaseState>;
  /** Tags of immutable releases that were deleted: nobody may use them again. */
  readonly burnt: Set<string>;
  readonly comments: Map<number, CommentState>;
  readonly versions: Map<number, VersionState>;
  readonly runs: Map<string, FakeRun>;
  /** By environment, cluster and name. */
  readonly deployments: Map<string, DeploymentState>;
  readonly origins: Origins;
  readonly lag: Lag;
  quirks(): Quirks;
  nextId(): number;
  /** ISO-8601, whole seconds. */
  now(): string;
}

export interface WorldOptions {
  readonly repository: string;
  readonly isPrivate: boolean;
  readonly clock: () => number;
  readonly quirks: () => Quirks;
  readonly origins: Origins;
}

export function createWorld({ repository, isPrivate, clock, quirks, origins }: WorldOptions): World {
  const [owner = '', repo = ''] = repository.split('/');
  let id = 1000;
  const world: World = {
    owner,
    repo,
    isPrivate,
    defaultBranch: 'main',
    objects: createGitObjects(),
    refs: new Map(),
    releases: new Map(),
    burnt: new Set(),
    comments: new Map(),
    versions: new Map(),
    runs: new Map(),
    deployments: new Map(),
    origins,
    lag: createLag(() => quirks().staleReads),
    quirks,
    nextId: () => {
      id += 1;
      return id;
    },
    now: () => `${new Date(clock()).toISOString().slice(0, 19)}Z`,
  };
  return world;
}

/** Points a ref, or takes it away; what reads may lag behind is told. */
export function setRef(world: World, ref: string, commit: string | undefined): void {
  world.lag.wrote(`ref:${ref}`, world.refs.get(ref));
  world.lag.wrote('refs', new Map(world.refs));
  if (commit === undefined) world.refs.delete(ref);
  else world.refs.set(ref, commit);
}

export function readRef(world: World, ref: string): string | undefined {
  return world.lag.seen(`ref:${ref}`, world.refs.get(ref));
}

export function readRefs(world: World): ReadonlyMap<string, string> {
  return world.lag.seen<ReadonlyMap<string, string>>('refs', world.refs);
}

export function setAssets(world: World, release: ReleaseState, assets: readonly AssetState[]): void {
  world.lag.wrote(`assets:${release.id}`, release.assets);
  release.assets = assets;
}

export function readAssets(world: World, release: ReleaseState): readonly AssetState[] {
  return world.lag.seen(`assets:${release.id}`, release.assets);
}

/** The published release of a tag, as it is. */
export function publishedOf(world: World, tag: string): ReleaseState | undefined {
  return [...world.releases.values()].find((release) => !release.draft && release.tag === tag);
}

/** The same as a reader sees it. */
export function readPublished(world: World, tag: string): ReleaseState | undefined {
  return world.lag.seen(`release:${tag}`, publishedOf(world, tag));
}

/** Releases, newest first. */
export function readReleases(world: World): readonly ReleaseState[] {
  return world.lag.seen(
    'releases',
    [...world.releases.values()].sort((a, b) => b.id - a.id),
  );
}

/** Told before a release of this tag is published or taken away. */
export function releaseWillChange(world: World, tag: string): void {
  world.lag.wrote(`release:${tag}`, publishedOf(world, tag));
  world.lag.wrote(
    'releases',
    [...world.releases.values()].sort((a, b) => b.id - a.id),
  );
}

export function newAsset(
  world: World,
  asset: Pick<AssetState, 'name' | 'label' | 'contentType' | 'state' | 'bytes'>,
): AssetState {
  const digest = `sha256:${createHash('sha256').update(asset.bytes).digest('hex')}`;
  return { ...asset, id: world.nextId(), digest, size: asset.bytes.byteLength, at: world.now() };
}

export function newRelease(
  world: World,
  release: Pick<ReleaseState, 'tag' | 'target' | 'name' | 'body' | 'draft' | 'prerelease'>,
): ReleaseState {
  const at = world.now();
  const made: ReleaseState = {
    ...release,
    id: world.nextId(),
    immutable: !release.draft && world.quirks().immutableReleases,
    createdAt: at,
    publishedAt: release.draft ? null : at,
    assets: [],
  };
  world.releases.set(made.id, made);
  return made;
}

/** The commit that a branch, a tag, a full ref or an id names. */
export function resolveCommitish(world: World, name: string): string | undefined {
  if (world.objects.commit(name) !== undefined) return name;
  return ['', 'refs/', 'refs/heads/', 'refs/tags/'].map((start) => world.refs.get(`${start}${name}`)).find(Boolean);
}
