import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunProgram, RunProgramOptions } from '../../proc/index.ts';
import { type BuildOptions, NO_BUILD_OPTIONS } from './build-options.ts';
import { type BuildOrder, buildxArguments } from './buildx-arguments.ts';
import { readMetadata } from './metadata.ts';
import { failureIn } from './progress-tail.ts';
import { runBuild } from './run-build.ts';

const orderOf = (options: Partial<BuildOptions> = {}, changes: Partial<BuildOrder> = {}): BuildOrder => ({
  options: { ...NO_BUILD_OPTIONS, ...options },
  destination: 'push',
  image: 'ghcr.io/octo-org/app',
  tags: ['ghcr.io/octo-org/app:v1'],
  labels: [],
  builderId: undefined,
  ...changes,
});
const FILES = { metadata: '/t/m', imageId: '/t/i' };
const argsOf = (order: BuildOrder): string => buildxArguments(order, undefined, FILES).args.join(' ');

describe('arguments of docker buildx build', () => {
  test('with nothing given: pushed by digest, without a tag, with the least provenance', () => {
    expect(argsOf(orderOf())).toBe(
      'buildx build --progress plain --attest type=provenance,mode=min' +
        ' --output type=image,name=ghcr.io/octo-org/app,push=true,push-by-digest=true,name-canonical=true' +
        ' --metadata-file /t/m --iidfile /t/i -- .',
    );
  });

  test('every input of docker/build-push-action has its argument', () => {
    const { args } = buildxArguments(
      orderOf(
        {
          addHosts: ['a:1'],
          allow: ['network.host'],
          annotations: ['index:a=b'],
          buildArgs: ['A=1', 'B'],
          buildContexts: ['x=docker-image://y'],
          cacheFrom: ['type=gha'],
          cacheTo: ['type=gha,mode=max'],
          cgroupParent: 'cg',
          context: '-odd',
          file: 'docker/Dockerfile',
          network: 'host',
          noCache: true,
          noCacheFilters: ['deps'],
          outputs: ['type=local,dest=out'],
          platforms: ['linux/amd64', 'linux/arm64'],
          pull: true,
          load: true,
          shmSize: '2g',
          ssh: ['default'],
          target: 'app',
          ulimit: ['nofile=1'],
        },
        { labels: ['l=1'] },
      ),
      'mine',
      FILES,
    );
    const line = args.join(' ');
    for (const part of [
      '--builder mine',
      '--add-host a:1',
      '--allow network.host',
      '--annotation index:a=b',
      '--build-arg A=1 --build-arg B',
      '--build-context x=docker-image://y',
      '--cache-from type=gha',
      '--cache-to type=gha,mode=max',
      '--cgroup-parent cg',
      '--file docker/Dockerfile',
      '--label l=1',
      '--network host',
      '--no-cache ',
      '--no-cache-filter deps',
      '--output type=docker --output type=local,dest=out',
      '--platform linux/amd64,linux/arm64',
      '--pull',
      '--shm-size 2g',
      '--ssh default',
      '--tag ghcr.io/octo-org/app:v1',
      '--target app',
      '--ulimit nofile=1',
    ])
      expect(line).toContain(part);
    expect(args.slice(-2)).toEqual(['--', '-odd']);
  });

  test.each<[Partial<BuildOptions>, readonly string[]]>([
    [{ provenance: 'mode=max' }, ['type=provenance,mode=max,builder-id=RUN']],
    [{ provenance: 'true' }, ['type=provenance,disabled=false,builder-id=RUN']],
    [{ provenance: 'false' }, ['type=provenance,disabled=true']],
    [{ provenance: 'builder-id=me' }, ['type=provenance,builder-id=me']],
    [{ sbom: 'true' }, ['type=provenance,mode=min,builder-id=RUN', 'type=sbom,disabled=false']],
    [{ sbom: 'generator=img' }, ['type=provenance,mode=min,builder-id=RUN', 'type=sbom,generator=img']],
    [
      { attests: ['type=provenance,mode=max', 'type=sbom,generator=x', 'type=own,a=b'] },
      ['type=provenance,mode=max,builder-id=RUN', 'type=sbom,generator=x', 'type=own,a=b'],
    ],
    [
      { attests: ['type=provenance,mode=max', 'type=sbom'], provenance: 'false', sbom: 'false' },
      ['type=provenance,disabled=true', 'type=sbom,disabled=true'],
    ],
  ])('attestations of %j are %j', (options, expected) => {
    const { args } = buildxArguments(orderOf(options, { builderId: 'RUN' }), undefined, FILES);
    expect(args.flatMap((arg, at) => (args[at - 1] === '--attest' ? [arg] : []))).toEqual(expected);
  });

  test('S1-33: the value of a secret is in no argument', () => {
    const { args, env } = buildxArguments(
      orderOf({
        secrets: [
          { id: 'a', kind: 'value', value: 'hunter22' },
          { id: 'b', kind: 'env', name: 'TOKEN' },
          { id: 'c', kind: 'file', path: './a,b' },
        ],
      }),
      undefined,
      FILES,
    );
    expect(args.flatMap((arg, at) => (args[at - 1] === '--secret' ? [arg] : []))).toEqual([
      'id=a,env=WAYBILL_BUILD_SECRET_0',
      'id=b,env=TOKEN',
      'id=c,"src=./a,b"',
    ]);
    expect(env).toEqual({ WAYBILL_BUILD_SECRET_0: 'hunter22' });
    expect(args.join(' ')).not.toContain('hunter22');
  });

  test('a build that is not pushed is loaded under its tags, or goes to the cache alone', () => {
    expect(argsOf(orderOf({}, { destination: 'load' }))).toContain(
      '--output type=docker --tag ghcr.io/octo-org/app:v1',
    );
    expect(argsOf(orderOf({}, { destination: 'cache' }))).toContain('--output type=cacheonly');
    expect(argsOf(orderOf({}, { destination: 'cache' }))).not.toContain('--tag');
  });

  test('what docker itself gets is not attested, unless that is asked for', () => {
    expect(argsOf(orderOf({}, { destination: 'load' }))).not.toContain('--attest');
    expect(argsOf(orderOf({ load: true }))).not.toContain('--attest');
    expect(argsOf(orderOf({ sbom: 'true' }, { destination: 'load' }))).toContain('--attest type=sbom');
  });
});

describe('the failing step', () => {
  test('is told with its last lines and what BuildKit says', () => {
    const output = [
      '#9 [build 3/3] RUN make',
      '#9 0.100 noise',
      '#9 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      '------',
      ' > [build 3/3] RUN make:',
      '0.100 cc main.c',
      '0.200 main.c:1: error: what is this',
      '------',
      'Dockerfile:3',
      '--------------------',
      '   3 | >>> RUN make',
      '--------------------',
      'ERROR: failed to build: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ];
    expect(failureIn(output)).toBe(
      [
        '[build 3/3] RUN make: failed to build: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
        '  0.100 cc main.c',
        '  0.200 main.c:1: error: what is this',
      ].join('\n'),
    );
  });

  test.each([
    [['#1 load', 'ERROR: failed to build: no such stage'], 'failed to build: no such stage'],
    [['unknown flag: --x', ''], 'unknown flag: --x'],
    [[], 'it says nothing'],
  ])('of %j is %j', (lines, expected) => {
    expect(failureIn(lines)).toBe(expected);
  });
});

describe('the metadata of a build', () => {
  test('tells the digest, and what was built on', () => {
    const hex = 'a'.repeat(64);
    const materials = [
      { uri: 'pkg:docker/alpine@3.20?platform=linux%2Famd64', digest: { sha256: hex } },
      { uri: 'pkg:docker/docker/dockerfile@1' },
      { uri: 'https://github.com/a/b', digest: { sha1: 'x' } },
      null,
    ];
    const text = JSON.stringify({
      'containerimage.digest': `sha256:${hex}`,
      'buildx.build.provenance/linux/amd64': { materials },
      'buildx.build.provenance/linux/arm64': { buildDefinition: { resolvedDependencies: materials } },
    });
    expect(readMetadata(text)).toEqual({
      text,
      digest: `sha256:${hex}`,
      baseImages: [{ name: 'alpine:3.20', digest: `sha256:${hex}` }, { name: 'docker/dockerfile:1' }],
    });
  });

  test.each(['', 'null', '[]', '{"containerimage.digest": 5, "buildx.build.provenance": {"materials": 1}}'])(
    '%j tells nothing',
    (text) => {
      expect(readMetadata(text)).toEqual({ text, digest: undefined, baseImages: [] });
    },
  );
});

describe('a build', () => {
  let temp: string;
  beforeEach(() => {
    temp = mkdtempSync(join(tmpdir(), 'waybill-buildx-'));
  });
  afterEach(() => rmSync(temp, { recursive: true }));

  interface Call {
    readonly line: string;
    readonly options: RunProgramOptions | undefined;
  }

  function fakeDocker(driver: string, build: (args: readonly string[], options?: RunProgramOptions) => number) {
    const calls: Call[] = [];
    const runProgram: RunProgram = async (command, args, options) => {
      const line = [command, ...args].join(' ');
      calls.push({ line, options });
      const answer = (status: number, stdout = '', stderr = '') => ({ status, stdout: Buffer.from(stdout), stderr });
      if (args[1] === 'build') return answer(build(args, options));
      if (args[1] === 'inspect')
        return args[3] === 'nowhere'
          ? answer(1, '', 'ERROR: no builder "nowhere" found')
          : answer(0, `Name:   default\nDriver: ${driver}\n`);
      return answer(0);
    };
    const lines: string[] = [];
    const deps = {
      runProgram,
      workspace: '/w',
      tempFolder: temp,
      env: { PATH: '/bin', TOKEN: 't' },
      home: temp,
      login: undefined,
      insecureHosts: [],
      newName: () => 'waybill-1',
      secrets: ['hunter22'],
      log: {
        info: (message: string) => void lines.push(message),
        warning: (message: string) => void lines.push(message),
      },
    };
    return { calls, lines, deps };
  }

  const succeed = (args: readonly string[]): number => {
    writeFileSync(
      args[args.indexOf('--metadata-file') + 1] ?? '',
      `{"containerimage.digest":"sha256:${'b'.repeat(64)}"}`,
    );
    writeFileSync(args[args.indexOf('--iidfile') + 1] ?? '', `sha256:${'c'.repeat(64)}\n`);
    return 0;
  };

  test('gives digest and image id, and leaves no file', async () => {
    const { deps } = fakeDocker('docker-container', succeed);
    expect(await runBuild(orderOf(), deps)).toMatchObject({
      metadata: { digest: `sha256:${'b'.repeat(64)}` },
      imageId: `sha256:${'c'.repeat(64)}`,
    });
    expect(readdirSync(temp)).toEqual([]);
  });

  test('shows the progress line by line, secrets masked, and ends with the failing step', async () => {
    const { deps, lines } = fakeDocker('docker-container', (_args, options) => {
      options?.onStderr?.(Buffer.from('#1 the word is hunt'));
      options?.onStderr?.(Buffer.from('er22\nERROR: failed: hunter22'));
      return 1;
    });
    await expect(runBuild(orderOf(), deps)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'docker buildx ended with 1: failed: ***',
    });
    expect(lines).toEqual(['#1 the word is ***', 'ERROR: failed: ***']);
    expect(readdirSync(temp)).toEqual([]);
  });

  test('values of secrets are in the environment of the build alone, the tokens of the cache service only where it is used', async () => {
    const { deps, calls } = fakeDocker('remote', succeed);
    await runBuild(orderOf({ secrets: [{ id: 's', kind: 'value', value: 'hunter22' }], cacheTo: ['type=gha'] }), deps);
    await runBuild(orderOf({ cacheTo: ['type=registry,ref=type=gha'] }), deps);
    const [first, second] = calls.filter(({ line }) => line.startsWith('docker buildx build'));
    expect(first?.options?.env).toMatchObject({ WAYBILL_BUILD_SECRET_0: 'hunter22', PATH: '/bin' });
    expect(first?.options?.keep).toContain('ACTIONS_RUNTIME_TOKEN');
    expect(second?.options?.keep).toEqual([]);
    expect(JSON.stringify(calls.filter((call) => call !== first))).not.toContain('hunter22');
  });

  test('a login of the build is in a configuration of its own, which goes with it', async () => {
    let config = '';
    const { deps, calls } = fakeDocker('remote', (args, options) => {
      config = readFileSync(join(options?.env?.['DOCKER_CONFIG'] ?? '', 'config.json'), 'utf8');
      return succeed(args);
    });
    await runBuild(orderOf(), { ...deps, login: { host: 'ghcr.io', username: 'x', password: 'the-token' } });
    expect(JSON.parse(config)).toMatchObject({
      auths: { 'ghcr.io': { auth: Buffer.from('x:the-token').toString('base64') } },
    });
    expect(JSON.stringify(calls)).not.toContain('the-token');
    expect(readdirSync(temp)).toEqual(['.docker']);
  });

  test('the docker driver, which cannot push by digest, is replaced for this build', async () => {
    let config = '';
    const { deps, calls } = fakeDocker('docker', (args) => {
      const create = calls.find(({ line }) => line.includes(' create '))?.line ?? '';
      config = readFileSync(/--buildkitd-config (\S+)/.exec(create)?.[1] ?? '', 'utf8');
      return succeed(args);
    });
    await runBuild(orderOf({ driverOpts: ['network=host'] }), { ...deps, insecureHosts: ['registry.internal:5000'] });
    expect(calls.map(({ line }) => line.replace(/ --(buildkitd-config|progress) .*/, ''))).toEqual([
      'docker buildx version',
      'docker buildx inspect',
      'docker buildx create --name waybill-1 --driver docker-container --driver-opt network=host',
      'docker buildx build --builder waybill-1',
      'docker buildx rm --force waybill-1',
    ]);
    expect(config).toBe('[registry."registry.internal:5000"]\n  http = true\n  insecure = true\n');
  });

  test('a builder that was made is removed where the build fails', async () => {
    const { deps, calls } = fakeDocker('docker', () => 1);
    await expect(runBuild(orderOf(), deps)).rejects.toMatchObject({ code: 'BUILD_FAILED' });
    expect(calls.at(-1)?.line).toBe('docker buildx rm --force waybill-1');
  });

  test('the docker driver will do to load one platform', async () => {
    const { deps, calls } = fakeDocker('docker', succeed);
    await runBuild(orderOf({}, { destination: 'load' }), deps);
    expect(calls.map(({ line }) => line).join('\n')).not.toContain('create');
  });

  test('a builder that there is not is told', async () => {
    const { deps } = fakeDocker('docker', succeed);
    await expect(runBuild(orderOf({ builder: 'nowhere' }), deps)).rejects.toMatchObject({
      code: 'BUILDER_UNKNOWN',
      message: 'there is no builder "nowhere": ERROR: no builder "nowhere" found',
    });
  });
});
