import { errorMessage, redact } from '@waybill/core/errors';
import {
  type Adopt,
  type IdentityKind,
  type ImageMode,
  type ImageOrder,
  type ImagePlace,
  type RecordStore,
  readRecordStores,
  secretValues,
} from '@waybill/core/image';
import { type KeySource, parseKeyFrom } from '@waybill/core/keys';
import { type Digest, isDigest, parseDigest, parseReference, type Reference } from '@waybill/core/oci';
import { type ConfigPlace, RECORDS_CHOICES, type RecordsChoice, readConfigInput } from '@waybill/core/repository';
import { InputReader, type RunContext, type Runner, readRegistryHosts, readRepository } from '@waybill/core/runner';
import { readBuildOptions } from './build-inputs.ts';

export const INPUT_NAMES = [
  'image',
  'tags',
  'labels',
  'identity',
  'identity-from',
  'mode',
  'digest',
  'digests',
  'adopt',
  'wait-minutes',
  'push',
  'store',
  'records',
  'sign',
  'config',
  'add-hosts',
  'allow',
  'annotations',
  'attests',
  'build-args',
  'build-contexts',
  'builder',
  'cache-from',
  'cache-to',
  'call',
  'cgroup-parent',
  'context',
  'driver-opts',
  'file',
  'load',
  'network',
  'no-cache',
  'no-cache-filters',
  'outputs',
  'platforms',
  'provenance',
  'pull',
  'sbom',
  'secrets',
  'secret-envs',
  'secret-files',
  'shm-size',
  'ssh',
  'target',
  'ulimit',
  'github-token',
  'insecure-registries',
] as const;

export const OUTPUT_NAMES = [
  'digest',
  'imageid',
  'reference',
  'built',
  'pushed',
  'reused-from',
  'needs-build',
  'commit',
  'record',
  'metadata',
] as const;

const NOWHERE: ImagePlace = { host: '', repository: '' };
const A_DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
/** Stands where a wrong input was told. */
const PLACEHOLDER = parseDigest(A_DIGEST);

export interface Inputs {
  readonly order: ImageOrder;
  readonly stores: readonly RecordStore[];
  readonly config: ConfigPlace;
  /** Where statements go besides the registry. */
  readonly records: RecordsChoice;
  /** `github-token`; empty where none was given. */
  readonly token: string;
  readonly insecureHosts: readonly string[];
  /** Values that no line, no argument and no label may show. */
  readonly secrets: readonly string[];
}

export interface InputContext extends RunContext {
  /** `https://github.com`. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The step's inputs, each read once.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export function readInputs(runner: Runner, context: InputContext): Inputs {
  const reader = new InputReader(runner);
  const token = reader.text('github-token');
  runner.mask(token);
  rejectLater(reader);
  const place = readPlace(reader, context);
  const options = readBuildOptions(reader);
  const secrets = secretValues(
    options.secrets,
    token === '' ? context.tokens : [token, ...context.tokens],
    context.env,
  );
  for (const secret of secrets) runner.mask(secret);
  const identity = reader.choice<IdentityKind>('identity', ['commit', 'tree', 'inputs'], 'commit');
  const mode = readMode(reader);
  const records = reader.choice('records', RECORDS_CHOICES, 'auto');
  const inputs: Inputs = {
    order: {
      place,
      mode,
      options,
      tags: readTags(reader),
      push: readPush(reader, mode),
      identity,
      identityFrom: readIdentityFrom(reader, identity),
      adopt: readAdopt(reader),
      attach: records !== 'none',
      waitMinutes: reader.integer('wait-minutes', { min: 1, max: 1440, fallback: 30 }),
    },
    stores: readRecordStores(reader, 'store', place, context),
    config: readConfigInput(reader, 'config'),
    records,
    token,
    insecureHosts: readRegistryHosts(reader, 'insecure-registries'),
    secrets,
  };
  reader.finish();
  return inputs;
}

/** The image; without one the repository of the run in ghcr.io, in lower case as registries want it. */
function readPlace(reader: InputReader, { repository }: InputContext): ImagePlace {
  if (reader.text('image') !== '') return readRepository(reader, 'image') ?? NOWHERE;
  if (repository !== undefined) return { host: 'ghcr.io', repository: repository.toLowerCase() };
  reader.reject({ name: 'image', value: '', accepted: '`HOST/REPOSITORY`', example: 'ghcr.io/octo-org/app' });
  return NOWHERE;
}

function readMode(reader: InputReader): ImageMode {
  const kind = reader.choice('mode', ['build', 'claim', 'record', 'merge'], 'build');
  const digest = reader.text('digest');
  const lines = reader.lines('digests');
  if (kind !== 'record' && digest !== '')
    reader.reject({
      name: 'digest',
      value: digest,
      why: `mode is ${kind}`,
      accepted: 'a digest with `mode: record` alone',
    });
  if (kind !== 'merge' && lines.length > 0) {
    const why = `mode is ${kind}`;
    reader.reject({ name: 'digests', value: lines.join(' '), why, accepted: 'digests with `mode: merge` alone' });
  }
  switch (kind) {
    case 'record': {
      const accepted = 'with `mode: record` the digest of the image: `sha256:` and 64 hex characters';
      return { kind, digest: readDigest(reader, 'digest', digest, accepted) };
    }
    case 'merge': {
      const accepted = 'with `mode: merge` digests of this image, one a line, each `sha256:` and 64 hex characters';
      if (lines.length === 0) reader.reject({ name: 'digests', value: '', accepted, example: A_DIGEST });
      return { kind, digests: lines.map((line) => readDigest(reader, 'digests', line, accepted)) };
    }
    case 'build':
    case 'claim':
      return { kind };
  }
}

function readDigest(reader: InputReader, name: string, value: string, accepted: string): Digest {
  const text = /^[0-9a-f]{64}$/i.test(value) ? `sha256:${value.toLowerCase()}` : value;
  if (isDigest(text)) return text;
  reader.reject({ name, value, accepted, example: A_DIGEST });
  return PLACEHOLDER;
}

function readPush(reader: InputReader, mode: ImageMode): boolean {
  const push = reader.text('push') === '' || reader.boolean('push');
  if (!push && mode.kind !== 'build') {
    const why = `with mode: ${mode.kind} the image is in the registry`;
    reader.reject({ name: 'push', value: 'false', why, accepted: '`false` with `mode: build` alone', example: 'true' });
  }
  return push;
}

/** References with a tag; several on a line apart by commas, as docker/metadata-action gives them. */
function readTags(reader: InputReader): readonly Reference[] {
  const lines = reader.lines('tags').flatMap((line) => line.split(',').map((tag) => tag.trim()));
  return lines
    .filter((line) => line !== '')
    .flatMap((line) => {
      const accepted = '`HOST/REPOSITORY:TAG`, one a line';
      const example = 'ghcr.io/octo-org/app:v1';
      try {
        const reference = parseReference(line);
        if (reference.tag !== undefined && reference.digest === undefined) return [reference];
        const why = reference.tag === undefined ? 'it names no tag' : 'it names a digest';
        reader.reject({ name: 'tags', value: redact(line), why, accepted, example });
      } catch (error) {
        reader.reject({ name: 'tags', value: redact(line), why: errorMessage(error), accepted, example });
      }
      return [];
    });
}

function readIdentityFrom(reader: InputReader, identity: IdentityKind): readonly KeySource[] {
  const name = 'identity-from';
  const value = reader.text(name);
  const parsed = parseKeyFrom(reader.lines(name));
  if (identity !== 'inputs') {
    const why = `identity is ${identity}`;
    if (value !== '') reader.reject({ name, value, why, accepted: 'lines with `identity: inputs` alone' });
    return [];
  }
  if (!parsed.ok) {
    const { why, accepted, example } = parsed;
    reader.reject({ name, value, why, accepted, example });
    return [];
  }
  if (parsed.value.length === 0) {
    const accepted =
      'with `identity: inputs` what the image depends on: `lock:GLOB`, `tool:NAME`, `env:NAME`, `file:GLOB`, one a line';
    reader.reject({ name, value, accepted, example: 'file:src/**' });
  }
  return parsed.value;
}

/** Undefined: as the configuration says. */
function readAdopt(reader: InputReader): Adopt | undefined {
  return reader.text('adopt') === '' ? undefined : reader.choice<Adopt>('adopt', ['same-ref', 'any'], 'same-ref');
}

/** What a later version will know. */
function rejectLater(reader: InputReader): void {
  if (reader.boolean('sign')) {
    const why = 'signed records are not in this version';
    reader.reject({ name: 'sign', value: reader.text('sign'), why, accepted: '`false`', example: 'false' });
  }
}
