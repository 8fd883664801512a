/** Something secret that a build may read while it runs, and that stays out of the image. */
export type BuildSecret =
  | { readonly id: string; readonly kind: 'value'; readonly value: string }
  /** A variable of the job's environment. */
  | { readonly id: string; readonly kind: 'env'; readonly name: string }
  /** A path, relative to the workspace. */
  | { readonly id: string; readonly kind: 'file'; readonly path: string };

/** How docker builds, in the words of docker/build-push-action, whose inputs these are. Empty is not given. */
export interface BuildOptions {
  readonly addHosts: readonly string[];
  readonly allow: readonly string[];
  readonly annotations: readonly string[];
  readonly attests: readonly string[];
  /** `NAME=VALUE`, or `NAME` for the value of that variable. */
  readonly buildArgs: readonly string[];
  /** `NAME=WHAT`. */
  readonly buildContexts: readonly string[];
  readonly builder: string;
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly cgroupParent: string;
  /** A path, relative to the workspace. */
  readonly context: string;
  /** A path, relative to the workspace. */
  readonly file: string;
  readonly labels: readonly string[];
  /** Load the image into docker as well. */
  readonly load: boolean;
  readonly network: string;
  readonly noCache: boolean;
  readonly noCacheFilters: readonly string[];
  /** Outputs besides the push. */
  readonly outputs: readonly string[];
  readonly platforms: readonly string[];
  readonly provenance: string;
  readonly pull: boolean;
  readonly sbom: string;
  readonly secrets: readonly BuildSecret[];
  readonly shmSize: string;
  readonly ssh: readonly string[];
  readonly target: string;
  readonly ulimit: readonly string[];
  /** For the builder that is made where the one that there is cannot do what is asked. */
  readonly driverOpts: readonly string[];
}

/** Nothing is given. */
export const NO_BUILD_OPTIONS: BuildOptions = {
  addHosts: [],
  allow: [],
  annotations: [],
  attests: [],
  buildArgs: [],
  buildContexts: [],
  builder: '',
  cacheFrom: [],
  cacheTo: [],
  cgroupParent: '',
  context: '.',
  file: '',
  labels: [],
  load: false,
  network: '',
  noCache: false,
  noCacheFilters: [],
  outputs: [],
  platforms: [],
  provenance: '',
  pull: false,
  sbom: '',
  secrets: [],
  shmSize: '',
  ssh: [],
  target: '',
  ulimit: [],
  driverOpts: [],
};

/**
 * Where the image goes. `push`: to the registry, by digest, without a tag. `load`: into docker, under the tags. `cache`:
 * nowhere but into the builder's cache.
 */
export type Destination = 'push' | 'load' | 'cache';
