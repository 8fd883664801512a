import type { BuildOptions, BuildSecret, Destination } from './build-options.ts';
import { readRecords } from './input-list.ts';

export interface BuildOrder {
  readonly options: BuildOptions;
  readonly destination: Destination;
  /** `host/repository`. */
  readonly image: string;
  /** Of `load`: names in docker. */
  readonly tags: readonly string[];
  /** `NAME=VALUE`, all of them. */
  readonly labels: readonly string[];
  /** The run, as the provenance shall name it; undefined outside of one. */
  readonly builderId: string | undefined;
}

export interface BuildFiles {
  readonly metadata: string;
  readonly imageId: string;
}

/**
 * The arguments of `docker buildx`, and the variables that hold secret values: no value of a secret is an argument, which
 * every process of the machine can read.
 */
export function buildxArguments(
  { options, destination, image, tags, labels, builderId }: BuildOrder,
  builder: string | undefined,
  files: BuildFiles,
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const secrets = options.secrets.map(secretArgument);
  const each = (name: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [name, value]);
  const given = (name: string, value: string): readonly string[] => (value === '' ? [] : [name, value]);
  const args = [
    'buildx',
    'build',
    ...(builder === undefined ? [] : ['--builder', builder]),
    '--progress',
    'plain',
    ...each('--add-host', options.addHosts),
    ...each('--allow', options.allow),
    ...each('--annotation', options.annotations),
    ...each('--build-arg', options.buildArgs),
    ...each('--build-context', options.buildContexts),
    ...each('--cache-from', options.cacheFrom),
    ...each('--cache-to', options.cacheTo),
    ...given('--cgroup-parent', options.cgroupParent),
    ...given('--file', options.file),
    ...each('--label', labels),
    ...each('--no-cache-filter', options.noCacheFilters),
    ...given('--platform', options.platforms.join(',')),
    ...each('--attest', attestations(options, destination, builderId)),
    ...secrets.flatMap(({ argument }) => ['--secret', argument]),
    ...given('--shm-size', options.shmSize),
    ...each('--ssh', options.ssh),
    ...given('--target', options.target),
    ...each('--ulimit', options.ulimit),
    ...given('--network', options.network),
    ...(options.noCache ? ['--no-cache'] : []),
    ...(options.pull ? ['--pull'] : []),
    ...outputs(options, destination, image),
    ...(destination === 'load' || options.load ? each('--tag', tags) : []),
    '--metadata-file',
    files.metadata,
    '--iidfile',
    files.imageId,
    // A path may start with a dash.
    '--',
    options.context,
  ];
  return {
    args,
    env: Object.fromEntries(secrets.flatMap(({ variable }) => (variable === undefined ? [] : [variable]))),
  };
}

function outputs({ outputs: others, load }: BuildOptions, destination: Destination, image: string): readonly string[] {
  const extra = others.flatMap((output) => ['--output', output]);
  switch (destination) {
    case 'push':
      return [
        '--output',
        `type=image,name=${image},push=true,push-by-digest=true,name-canonical=true`,
        ...(load ? ['--output', 'type=docker'] : []),
        ...extra,
      ];
    case 'load':
      return ['--output', 'type=docker', ...extra];
    case 'cache':
      return extra.length === 0 ? ['--output', 'type=cacheonly'] : extra;
  }
}

/**
 * docker/build-push-action's rules, but that the provenance is `mode=min` where nothing else is said. Docker does not take
 * attestations, so that an image that is loaded has none by default.
 */
function attestations(
  { attests, provenance, sbom, load }: BuildOptions,
  destination: Destination,
  builderId: string | undefined,
): readonly string[] {
  const standard = destination === 'push' && !load ? ['type=provenance,mode=min'] : [];
  const isOf = (type: string) => (attest: string) => fieldsOf(attest).includes(`type=${type}`);
  const own = attests.filter((attest) => !isOf('provenance')(attest) && !isOf('sbom')(attest));
  const provenances = provenance === '' ? attests.filter(isOf('provenance')) : [`type=provenance,${provenance}`];
  const sboms = sbom === '' ? attests.filter(isOf('sbom')) : [`type=sbom,${sbom}`];
  return [
    ...(provenances.length === 0 ? standard : provenances.map(asAttributes)).map((attest) =>
      withBuilder(attest, builderId),
    ),
    ...sboms.map(asAttributes),
    ...own.map(asAttributes),
  ];
}

/** `true` and `false` say whether it is made. */
function asAttributes(attest: string): string {
  return fieldsOf(attest)
    .map((field) =>
      /^(true|false)$/i.test(field) ? `disabled=${field.toLowerCase() === 'true' ? 'false' : 'true'}` : field,
    )
    .join(',');
}

function withBuilder(attest: string, builderId: string | undefined): string {
  const named = fieldsOf(attest).some((field) => field.startsWith('builder-id=') || field === 'disabled=true');
  return named || builderId === undefined ? attest : `${attest},builder-id=${builderId}`;
}

function fieldsOf(text: string): readonly string[] {
  return (readRecords(text)[0] ?? []).map((field) => field.trim());
}

function secretArgument(
  secret: BuildSecret,
  at: number,
): { readonly argument: string; readonly variable: readonly [string, string] | undefined } {
  const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  switch (secret.kind) {
    case 'value': {
      const name = `WAYBILL_BUILD_SECRET_${at}`;
      return { argument: `${field(`id=${secret.id}`)},env=${name}`, variable: [name, secret.value] };
    }
    case 'env':
      return { argument: `${field(`id=${secret.id}`)},${field(`env=${secret.name}`)}`, variable: undefined };
    case 'file':
      return { argument: `${field(`id=${secret.id}`)},${field(`src=${secret.path}`)}`, variable: undefined };
  }
}
