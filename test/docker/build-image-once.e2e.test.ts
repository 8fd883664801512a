import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT, shown } from '../bundles/site.ts';
import { type BuildSite, openBuildSite } from './build-site.ts';
import { commitAll, plantSources, writeFiles } from './sources.ts';

const PLATFORMS = 'linux/amd64,linux/arm64';

let site: BuildSite;
let workspaces = 0;
beforeAll(async () => {
  site = await openBuildSite();
});
afterAll(async () => {
  await site?.stop();
});

/** A workspace with sources of its own, and the repository for its image. */
function plant(host: string): {
  readonly workspace: string;
  readonly folder: string;
  readonly image: string;
  readonly commit: string;
} {
  workspaces += 1;
  const workspace = `app-${workspaces}`;
  const folder = site.site.workspace(workspace);
  const commit = plantSources(folder, { message: `of ${workspace}\n` });
  return { workspace, folder, image: `${host}/octo-org/${workspace}`, commit };
}

interface ImageConfig {
  readonly config: { readonly Labels?: Readonly<Record<string, string>> };
}

describe.each([
  ['docker-registry, which has no referrers API and takes tokens alone', 'tokenRegistry'],
  ["go-containerregistry's registry, which has the referrers API", 'openRegistry'],
] as const)('build-image-once with BuildKit and %s', (_name, which) => {
  test('S1-9, S1-12, S1-C4: two platforms are built once; the second run gives the same digest, that of the index', async () => {
    const { workspace, image, commit } = plant(site[which].host);
    const inputs = { image, platforms: PLATFORMS, target: 'app', tags: `${image}:v1` };
    const first = await site.built(workspace, inputs);
    const { digest = '' } = first.outputs;
    expect(first.outputs).toMatchObject({ built: 'true', pushed: 'true', commit, reference: `${image}@${digest}` });
    expect(first.stdout).toContain('[linux/arm64 app 1/1] COPY --from=build /out /');
    expect(await site.digest(`${image}:v1`)).toBe(digest);
    const index = JSON.parse(await site.skopeo('inspect', '--raw', `docker://${image}@${digest}`)) as {
      readonly mediaType: string;
    };
    expect(index.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    // Every byte of it can be had.
    await site.skopeo('copy', '--all', `docker://${image}@${digest}`, `oci:${site.site.base}/pulled-${workspace}`);
    for (const platform of PLATFORMS.split(',')) {
      const config = JSON.parse(
        await site.skopeo(
          'inspect',
          '--config',
          `--override-arch=${platform.split('/')[1]}`,
          `docker://${image}@${digest}`,
        ),
      ) as ImageConfig;
      expect(config.config.Labels).toMatchObject({
        'org.opencontainers.image.revision': commit,
        'org.opencontainers.image.source': 'https://github.com/octo-org/app',
      });
    }

    const second = await site.built(workspace, inputs);
    expect(second.outputs).toMatchObject({
      built: 'false',
      pushed: 'false',
      digest,
      imageid: first.outputs['imageid'],
    });
    expect(second.stdout).not.toContain('COPY --from=build');
    expect(second.outputs['reused-from']).toMatch(
      /^https:\/\/github\.com\/octo-org\/app\/actions\/runs\/\d+\/attempts\/1$/,
    );
    const record: unknown = JSON.parse(readFileSync(second.outputs['record'] ?? '', 'utf8'));
    expect(record).toMatchObject({ digest, commit, platforms: PLATFORMS.split(','), target: 'app', image });
    expect(second.summary).toContain('(one build for certain)');
  });

  test('another target, argument or platform of the commit is another build', async () => {
    const { workspace, image } = plant(site[which].host);
    const digests: string[] = [];
    for (const inputs of [
      { target: 'app' },
      { target: 'other' },
      { target: 'app', 'build-args': 'GREETING=good day' },
      { target: 'app', platforms: 'linux/arm64' },
    ]) {
      const { outputs } = await site.built(workspace, { image, ...inputs });
      expect(outputs['built']).toBe('true');
      digests.push(outputs['digest'] ?? '');
    }
    expect(new Set(digests).size).toBe(4);
  });

  test('S1-13, S1-U1: an image that is gone from the registry is lost, and is not built again', async () => {
    const { workspace, image } = plant(site[which].host);
    const { outputs } = await site.built(workspace, { image, target: 'other' });
    await site.skopeo('delete', `docker://${image}@${outputs['digest']}`);
    const run = await site.build(workspace, { image, target: 'other' });
    expect(run.outcome).toBe('failure');
    expect(run.annotations).toEqual([
      expect.objectContaining({
        level: 'error',
        title: 'IMAGE_LOST',
        message: expect.stringContaining('was recorded for the commit'),
      }),
    ]);
    expect(run.stdout).not.toContain('COPY message');
  });

  test('records by tags: built once as well, and the summary says that they are a hint', async () => {
    const { workspace, image } = plant(site[which].host);
    const inputs = { image, target: 'other', store: `oci://${image}-waybill` };
    const first = await site.built(workspace, inputs);
    const second = await site.built(workspace, inputs);
    expect(second.outputs).toMatchObject({ built: 'false', digest: first.outputs['digest'] });
    expect(first.summary).toContain('tags: a hint');
  });
});

describe('build-image-once', () => {
  test('a context that is not what is committed is refused, whatever docker would make of it', async () => {
    const { workspace, folder, image } = plant(site.openRegistry.host);
    writeFiles(folder, { message: 'changed\n', 'new.txt': 'x' });
    const run = await site.build(workspace, { image, target: 'other' });
    expect(run.outcome).toBe('failure');
    expect(run.annotations[0]).toMatchObject({
      title: 'CONTEXT_DIRTY',
      message: expect.stringContaining('message, new.txt'),
    });
  });

  test('a folder that git ignores and the image takes makes another build, one that .dockerignore leaves out does not', async () => {
    const { workspace, folder, image } = plant(site.openRegistry.host);
    const build = async () => (await site.built(workspace, { image, target: 'packed' })).outputs;
    writeFiles(folder, { 'dist/app.js': '1' });
    const one = await build();
    writeFiles(folder, { 'dist/app.js': '2' });
    const two = await build();
    expect([one['built'], two['built']]).toEqual(['true', 'true']);
    expect(two['digest']).not.toBe(one['digest']);
    writeFiles(folder, { 'dist/app.js': '1' });
    expect(await build()).toMatchObject({ built: 'false', digest: one['digest'] });
    writeFiles(folder, { '.dockerignore': 'dist/*.map\n' });
    commitAll(folder);
    const three = await build();
    writeFiles(folder, { 'dist/app.js.map': 'x' });
    expect(await build()).toMatchObject({ built: 'false', digest: three['digest'] });
  });

  test('S1-U2: a token that may only read builds two platforms, pushes and records nothing, and the step is green', async () => {
    const { workspace, image } = plant(site.tokenRegistry.host);
    const run = await site.built(workspace, { image, target: 'app', platforms: PLATFORMS }, { client: site.reader });
    expect(run.outputs).toMatchObject({ built: 'true', pushed: 'false', digest: '', reference: '', record: '' });
    expect(run.annotations).toEqual([
      expect.objectContaining({ level: 'notice', message: expect.stringContaining(`may not push to ${image}`) }),
    ]);
    expect(run.stdout).toContain('[linux/arm64 app 1/1]');
    // It reads what others built.
    const { outputs } = await site.built(workspace, { image, target: 'app', platforms: PLATFORMS });
    expect(outputs['built']).toBe('true');
    const again = await site.built(workspace, { image, target: 'app', platforms: PLATFORMS }, { client: site.reader });
    expect(again.outputs).toMatchObject({ built: 'false', digest: outputs['digest'] });
  });

  test('S1-33: a secret reaches the build, and neither the log, nor an argument, nor the image, nor the record', async () => {
    const { workspace, image } = plant(site.openRegistry.host);
    const secret = 'a-secret-of-23-letters!';
    const run = await site.built(workspace, {
      image,
      target: 'secret',
      secrets: `TOKEN=${secret}`,
      provenance: 'mode=max',
    });
    expect(run.masks).toContain(secret);
    const printed = run.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    expect(`${printed.join('\n')}${run.stderr}${JSON.stringify(run.outputs)}`).not.toContain(secret);
    const layers = await site.exported(`${image}@${run.outputs['digest']}`);
    expect(layers).toContain(String(secret.length));
    const files = [run.outputs['metadata'] ?? '', readFileSync(run.outputs['record'] ?? '', 'utf8')].join('');
    expect(files).not.toContain(secret);
    const refused = await site.build(workspace, {
      image,
      target: 'app',
      secrets: `TOKEN=${secret}`,
      'build-args': `GREETING=${secret}`,
    });
    expect(refused.annotations[0]).toMatchObject({ title: 'SECRET_IN_BUILD_ARG' });
  });

  test('a build that fails ends with the last lines of the failing step, and the next run begins at once', async () => {
    const { workspace, image } = plant(site.openRegistry.host);
    const run = await site.build(workspace, { image, target: 'failing' });
    expect(run.outcome).toBe('failure');
    const [error] = run.annotations;
    expect(error?.title).toBe('BUILD_FAILED');
    expect(error?.message).toMatch(/\[failing 1\/1\] RUN .*exit code: 7/s);
    expect(error?.message).toContain('last words');
    const second = await site.build(workspace, { image, target: 'failing' });
    expect(second.stdout).not.toContain('waiting for it');
  });

  test('mode merge: single platforms become one index, with their digests and what BuildKit attests of them', async () => {
    const { workspace, image } = plant(site.openRegistry.host);
    const digests: string[] = [];
    for (const platforms of PLATFORMS.split(',')) {
      digests.push((await site.built(workspace, { image, target: 'app', platforms })).outputs['digest'] ?? '');
    }
    const inputs = {
      image,
      target: 'app',
      platforms: PLATFORMS,
      mode: 'merge',
      digests: digests.join('\n'),
      tags: `${image}:all`,
    };
    const { outputs } = await site.built(workspace, inputs);
    expect(outputs).toMatchObject({
      built: 'true',
      pushed: 'true',
      digest: await site.digest(`${image}:all`),
    });
    await site.skopeo('copy', '--all', `docker://${image}:all`, `oci:${site.site.base}/pulled-${workspace}`);
    const index = JSON.parse(await site.skopeo('inspect', '--raw', `docker://${image}:all`)) as {
      readonly manifests: readonly { readonly annotations?: unknown }[];
    };
    expect(index.manifests.filter(({ annotations }) => annotations !== undefined)).toHaveLength(2);
    // Whoever builds both at once afterwards takes the index.
    expect((await site.built(workspace, { image, target: 'app', platforms: PLATFORMS })).outputs).toMatchObject({
      built: 'false',
      digest: outputs['digest'],
    });
  });

  test('mode claim and record: another tool builds', async () => {
    const { workspace, folder, image } = plant(site.openRegistry.host);
    const inputs = { image, target: 'other', platforms: 'linux/amd64' };
    const claim = await site.built(workspace, { ...inputs, mode: 'claim' });
    expect(claim.outputs).toMatchObject({ 'needs-build': 'true', digest: '' });
    const metadata = join(site.site.base, 'metadata.json');
    const bake = ['--push', '--provenance=false', '--target=other', '--platform=linux/amd64', `--tag=${image}:baked`];
    await site.writer.docker('buildx', 'build', ...bake, `--metadata-file=${metadata}`, folder);
    const baked = JSON.parse(readFileSync(metadata, 'utf8')) as Readonly<Record<string, string>>;
    const digest = baked['containerimage.digest'] ?? '';
    const record = await site.built(workspace, { ...inputs, mode: 'record', digest });
    expect(record.outputs).toMatchObject({ digest, built: 'false', 'needs-build': 'false' });
    const next = await site.built(workspace, { ...inputs, mode: 'claim' });
    expect(next.outputs).toMatchObject({ digest, 'needs-build': 'false' });
    rmSync(metadata);
  });

  test('S1-19: the command line knows what the action built, and takes it', async () => {
    const { workspace, folder, image, commit } = plant(site.tokenRegistry.host);
    const { outputs } = await site.built(workspace, { image, target: 'other' });
    // Not in one go: the token server is in this process.
    const waybill = (...args: readonly string[]) =>
      new Promise<{ readonly status: number; readonly out: string; readonly err: string }>((resolve) => {
        const env = { PATH: process.env['PATH'], HOME: site.site.base, ...site.writer.env };
        const words = [join(ROOT, 'dist', 'cli.js'), ...args, '--store', site.ledger];
        execFile(process.execPath, words, { cwd: folder, env }, (error, out, err) =>
          resolve({ status: typeof error?.code === 'number' ? error.code : 0, out: out.trim(), err }),
        );
      });
    expect(await waybill('image', 'check-existing', image)).toMatchObject({ status: 0, out: outputs['digest'] });
    expect(await waybill('image', 'check-existing', image, '--commit', 'd'.repeat(40))).toMatchObject({
      status: 1,
      out: '',
    });
    const again = await waybill('image', 'build', image, '--target', 'other', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ result: 'adopted', digest: outputs['digest'], commit });
    const built = await waybill('image', 'build', image, '--target', 'app', '--json');
    expect(JSON.parse(built.out)).toMatchObject({ result: 'built', guarantee: 'atomic' });
    const which = await waybill('image', 'check-existing', image);
    expect(which).toMatchObject({ status: 2, out: '' });
    expect(which.err).toContain('IMAGE_AMBIGUOUS');
    expect(await waybill('record', 'verify', image)).toMatchObject({ status: 0, out: '2 records: nothing is wrong' });
    await site.skopeo('delete', `docker://${image}@${outputs['digest']}`);
    expect(await waybill('record', 'verify', image)).toMatchObject({ status: 4 });
  });

  test('tags of another registry get a copy', async () => {
    const { workspace, image } = plant(site.openRegistry.host);
    const other = image.replace(site.openRegistry.host, site.tokenRegistry.host);
    const { outputs } = await site.built(workspace, { image, target: 'app', tags: `${image}:v1\n${other}:v1` });
    expect(await site.digest(`${other}:v1`)).toBe(outputs['digest']);
  });

  test('the image is declared to a runner that asks for it', async () => {
    const { workspace, folder, image } = plant(site.openRegistry.host);
    writeFiles(folder, { 'dist/artifacts': '' });
    const env = { GITHUB_ARTIFACTS: join(folder, 'dist/artifacts') };
    const { outputs } = await site.built(workspace, { image, target: 'other' }, { env });
    expect(readFileSync(env.GITHUB_ARTIFACTS, 'utf8').trim()).toBe(`oci://${image}@${outputs['digest']}`);
  });

  test.each(['ledger', 'tags'])('S1-C3: of six runs at once one builds, by %s', async (kind) => {
    const { workspace, image } = plant(site.openRegistry.host);
    const store: Readonly<Record<string, string>> = kind === 'tags' ? { store: `oci://${image}-waybill` } : {};
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => site.build(workspace, { image, target: 'app', platforms: PLATFORMS, ...store })),
    );
    for (const run of runs) expect(run.outcome === 'success' ? 'success' : shown(run)).toBe('success');
    expect(new Set(runs.map(({ outputs }) => outputs['digest'])).size).toBe(1);
    expect(runs.filter(({ outputs }) => outputs['built'] === 'true')).toHaveLength(1);
    expect(runs.filter(({ stdout }) => stdout.includes('[build '))).toHaveLength(1);
  });
});
