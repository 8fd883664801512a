import {
  type BuildOptions,
  type BuildSecret,
  localContext,
  readBuildContexts,
  readInputList,
  readRecords,
} from '@waybill/core/image';
import type { InputReader } from '@waybill/core/runner';

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9._]+)?$/i;

/** The inputs of docker/build-push-action, read as that reads them. What is wrong is left with the reader. */
export function readBuildOptions(reader: InputReader): BuildOptions {
  /** Entries in lines alone. */
  const lines = (name: string) => readInputList(reader.text(name), { commas: false });
  /** Entries in lines, or apart by commas. */
  const list = (name: string) => readInputList(reader.text(name), { commas: true });
  const platforms = readPlatforms(reader, list('platforms'));
  const call = reader.text('call');
  if (call !== '' && call !== 'build') {
    const why = 'it makes no image';
    reader.reject({
      name: 'call',
      value: call,
      why,
      accepted: '`build`; run `docker buildx build --call` in a step of its own',
    });
  }
  return {
    addHosts: list('add-hosts'),
    allow: list('allow'),
    annotations: lines('annotations'),
    attests: lines('attests'),
    buildArgs: readBuildArgs(reader, lines('build-args')),
    buildContexts: readContexts(reader, lines('build-contexts')),
    builder: reader.text('builder'),
    cacheFrom: lines('cache-from'),
    cacheTo: lines('cache-to'),
    cgroupParent: reader.text('cgroup-parent'),
    context: readContext(reader),
    driverOpts: lines('driver-opts'),
    file: reader.text('file'),
    labels: lines('labels'),
    load: readLoad(reader, platforms),
    network: reader.text('network'),
    noCache: reader.boolean('no-cache'),
    noCacheFilters: list('no-cache-filters'),
    outputs: readOutputs(reader),
    platforms,
    provenance: reader.text('provenance'),
    pull: reader.boolean('pull'),
    sbom: reader.text('sbom'),
    secrets: readSecrets(reader),
    shmSize: reader.text('shm-size'),
    ssh: list('ssh'),
    target: reader.text('target'),
    ulimit: lines('ulimit'),
  };
}

/** A folder: what is checked out is what the record names, and only that can be looked at. */
function readContext(reader: InputReader): string {
  const value = reader.text('context');
  if (value === '') return '.';
  if (value !== '-' && localContext(value) !== undefined && !value.includes('{{')) return value;
  const why = 'it is no folder';
  reader.reject({ name: 'context', value, why, accepted: 'a folder, relative to the workspace', example: '.' });
  return '.';
}

function readPlatforms(reader: InputReader, platforms: readonly string[]): readonly string[] {
  for (const platform of platforms.filter((each) => !PLATFORM.test(each))) {
    const accepted = '`os/arch` or `os/arch/variant`, in lines or apart by commas';
    reader.reject({ name: 'platforms', value: platform, accepted, example: 'linux/amd64,linux/arm64' });
  }
  return platforms;
}

function readBuildArgs(reader: InputReader, args: readonly string[]): readonly string[] {
  for (const arg of args.filter((each) => !/^[^\s=]+(=|$)/.test(each))) {
    reader.reject({
      name: 'build-args',
      value: arg,
      why: 'it names no argument',
      accepted: '`NAME=VALUE`, one a line',
      example: 'VERSION=1.2.3',
    });
  }
  return args;
}

function readContexts(reader: InputReader, contexts: readonly string[]): readonly string[] {
  for (const context of contexts.filter((each) => readBuildContexts([each]).size === 0)) {
    reader.reject({
      name: 'build-contexts',
      value: context,
      accepted: '`NAME=PATH` and what else docker takes there, one a line',
      example: 'lib=../lib',
    });
  }
  return contexts;
}

function readLoad(reader: InputReader, platforms: readonly string[]): boolean {
  const load = reader.boolean('load');
  if (load && platforms.length > 1) {
    const why = 'docker loads an image of one platform';
    reader.reject({ name: 'load', value: 'true', why, accepted: '`true` with one platform', example: 'false' });
  }
  return load;
}

/** The push is an output of its own; others come besides. */
function readOutputs(reader: InputReader): readonly string[] {
  const outputs = readInputList(reader.text('outputs'), { commas: false, quotes: false });
  for (const output of outputs) {
    const fields = (readRecords(output)[0] ?? []).map((field) => field.trim());
    if (!fields.some((field) => /^(type=(registry|image)|push=true)$/.test(field))) continue;
    const why = 'the image is pushed by its digest, and tagged when it is recorded';
    reader.reject({
      name: 'outputs',
      value: output,
      why,
      accepted: 'outputs besides the push',
      example: 'type=local,dest=out',
    });
  }
  return outputs;
}

function readSecrets(reader: InputReader): readonly BuildSecret[] {
  const pairs = (name: string, entries: readonly string[], what: string): readonly (readonly [string, string])[] =>
    entries.flatMap((entry) => {
      const at = entry.indexOf('=');
      if (at > 0 && at < entry.length - 1) return [[entry.slice(0, at), entry.slice(at + 1)] as const];
      // Not its value: what stands there may be the secret.
      const why = `an entry is no \`ID=${what}\``;
      reader.reject({
        name,
        value: '***',
        why,
        accepted: `\`ID=${what}\`, one a line`,
        example: `TOKEN=${EXAMPLES[what] ?? ''}`,
      });
      return [];
    });
  const values = pairs('secrets', readInputList(reader.text('secrets'), { commas: false, trim: false }), 'VALUE');
  const envs = pairs('secret-envs', readInputList(reader.text('secret-envs'), { commas: true }), 'VARIABLE');
  const files = pairs('secret-files', readInputList(reader.text('secret-files'), { commas: false }), 'PATH');
  return [
    ...values.map(([id, value]) => ({ id: id.trim(), kind: 'value', value }) as const),
    ...envs.map(([id, name]) => ({ id, kind: 'env', name }) as const),
    ...files.map(([id, path]) => ({ id, kind: 'file', path }) as const),
  ];
}

const EXAMPLES: Readonly<Record<string, string>> = {
  VALUE: '${{ secrets.TOKEN }}',
  VARIABLE: 'NPM_TOKEN',
  PATH: './token.txt',
};
