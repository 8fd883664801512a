// `npm run bench:copies`: what a copy within one registry costs, beside crane, regctl and skopeo: requests and bytes, counted on the
// way to docker-registry. The image: two platforms, five layers each, two of BuildKit's attestations, and an SBOM attached to it.
//
//   npm run bench:copies              layers of 1 MiB
//   npm run bench:copies -- --mib 20  larger ones
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import { attach, copyImage, createRegistry, withManifestMemory } from '@waybill/core/registry';
import { startMeter } from '@waybill/testing/fault-proxy';
import { buildKitIndex, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { requireProgram } from '../tools/require-program.ts';

const MIB = 1024 * 1024;
const FROM = 'octo-org/build';
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const run = promisify(execFile);
const clock = { now: Date.now, sleep, random: Math.random };

/** Copies the image by its digest from one place (`host/repository`) to another. */
interface Contender {
  readonly name: string;
  copy(from: string, to: string): Promise<unknown>;
}

interface Row {
  readonly name: string;
  readonly requests: number;
  /** Of listings of tags, which are counted apart. */
  readonly pages: number;
  readonly mounts: number;
  readonly up: number;
  readonly down: number;
  readonly attached: number;
  /** Requests and pages of a second copy, where nothing is left to do. */
  readonly again: number;
}

const { values } = parseArgs({ options: { mib: { type: 'string', default: '1' } } });
const layerMib = Number(values.mib);
if (!(layerMib > 0)) throw new Error(`--mib ${values.mib}: expected a number of MiB`);

const registry = await startDockerRegistry();
const paths: string[] = [];
const meter = await startMeter({
  target: registry.host,
  onRequest: ({ method, path }) => paths.push(`${method} ${path}`),
});
const http = createHttp();
const home = mkdtempSync(join(tmpdir(), 'waybill-bench-copies-'));
try {
  const image = buildKitIndex({ note: 'bench', platforms: PLATFORMS, layers: 5, layerBytes: layerMib * MIB });
  const { descriptor: root } = image.root;
  const open = (repository: string) => createRegistry({ host: meter.host, repository, http, access: 'push', clock });
  const source = open(FROM);
  await pushImage(source, image);
  const layers = [{ mediaType: 'application/vnd.cyclonedx+json', bytes: Buffer.from('{}') }];
  await attach({ registry: source, subject: root, artifactType: 'application/vnd.cyclonedx+json', layers, clock });

  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const [crane, regctl] = [await toolPath('crane'), await toolPath('regctl')];
  const skopeo = requireProgram('skopeo');
  const plain = ['--host', `reg=${meter.host},tls=disabled`];
  const at = (place: string) => `${place}@${root.digest}`;
  const contenders: readonly Contender[] = [
    {
      name: 'waybill',
      copy: async (_, to) => {
        const target = withManifestMemory(open(repositoryOf(to)));
        await copyImage({ from: source, to: target, root: root.digest, referrers: 'all', clock });
        const copied = await target.manifests.get({ digest: root.digest });
        if (copied !== undefined) await target.manifests.put(copied.descriptor, copied.raw, { tag: 'v1' });
      },
    },
    { name: 'crane copy', copy: (from, to) => run(crane, ['copy', at(from), `${to}:v1`], { env }) },
    {
      name: 'regctl image copy',
      copy: (from, to) => run(regctl, [...plain, 'image', 'copy', at(from), `${to}:v1`], { env }),
    },
    {
      name: 'regctl image copy --referrers',
      copy: (from, to) => run(regctl, [...plain, 'image', 'copy', '--referrers', at(from), `${to}:v1`], { env }),
    },
    {
      name: 'skopeo copy --all',
      copy: (from, to) => {
        const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
        return run(skopeo, ['copy', '--all', '--quiet', ...tls, `docker://${at(from)}`, `docker://${to}:v1`], { env });
      },
    },
  ];

  const rows: Row[] = [];
  for (const [i, { name, copy }] of contenders.entries()) {
    const to = `${meter.host}/octo-org/target-${i}`;
    const measured = async () => {
      paths.length = 0;
      meter.take();
      await copy(`${meter.host}/${FROM}`, to);
      const pages = paths.filter((path) => path.includes('/tags/list')).length;
      const mounts = paths.filter((path) => path.includes('mount=')).length;
      return { pages, mounts, ...meter.take(), requests: paths.length - pages };
    };
    const first = await measured();
    const again = await measured();
    const attached = (await open(repositoryOf(to)).referrers(root.digest)).length;
    rows.push({ name, ...first, attached, again: again.requests });
  }
  console.log(`docker-registry, layers of ${layerMib} MiB; ${await versions()}\n`);
  console.log(table(rows));
} finally {
  http.close();
  await meter.stop();
  await registry.stop();
  rmSync(home, { recursive: true, force: true });
}

function repositoryOf(place: string): string {
  return place.slice(place.indexOf('/') + 1);
}

async function versions(): Promise<string> {
  const skopeo = await run(requireProgram('skopeo'), ['--version']);
  const crane = await run(await toolPath('crane'), ['version']);
  const regctl = await run(await toolPath('regctl'), ['version', '--format', '{{.VCSTag}}']);
  return [`crane ${crane.stdout.trim()}`, `regctl ${regctl.stdout.trim()}`, skopeo.stdout.trim()].join(', ');
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, requests, pages, mounts, up, down, attached, again }) =>
    [name, requests, pages, mounts, up, down, attached === 1 ? 'yes' : 'no', again].join(' | '),
  );
  return [
    '| tool | requests | tag pages | mounts | bytes up | bytes down | attached kept | requests again |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}
