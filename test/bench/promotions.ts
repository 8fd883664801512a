import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import type { Digest } from '@waybill/core/oci';
import { attach, createRegistry } from '@waybill/core/registry';
import { type Meter, type MeterCounts, startMeter } from '@waybill/testing/fault-proxy';
import { buildKitIndex, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { requireProgram } from '../tools/require-program.ts';
import { measureCommand, type Sample } from './measure.ts';

/** What went to the registry and back. */
export interface RegistryCounts extends MeterCounts {
  /** Pages of tag listings, which are not among the requests: they tell what others attached by tags. */
  readonly pages: number;
  /** Blobs that were to be taken over from the other repository. */
  readonly mounts: number;
}

/** How one tool takes an image from one repository to another of the same registry. */
export interface PromotionFigures {
  readonly name: string;
  readonly ours: boolean;
  /** The first time, a round each: the target has nothing. */
  readonly samples: readonly Sample[];
  /** Of the first time. */
  readonly first: RegistryCounts;
  /** The same again, with nothing to do. */
  readonly again: RegistryCounts;
  /** How many manifests the target's image has attached to it, as regctl tells. */
  readonly attached: number;
}

export interface PromotionOptions {
  /** Of the project. */
  readonly root: string;
  /** A folder of its own. */
  readonly base: string;
  readonly runs: number;
  readonly layerBytes: number;
  readonly progress: (text: string) => void;
  /** Throws where it is to end. */
  readonly check: () => void;
}

interface Way {
  readonly name: string;
  readonly ours: boolean;
  /** From `host/repository@digest` to `host/repository:tag`. */
  readonly command: (from: string, to: string) => readonly string[];
}

const SOURCE = 'bench/source';
const TYPE = 'application/vnd.cyclonedx+json';
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];

/**
 * Takes an index of two platforms with five layers each, BuildKit's attestations and an artifact attached from one
 * repository to new ones, by us and by others in turn, over docker-registry (no referrers API, as GHCR). The first round
 * warms up and counts requests, the others are measured.
 */
export async function measurePromotions(options: PromotionOptions): Promise<readonly PromotionFigures[]> {
  const { base, runs, progress, check } = options;
  const ways = await findWays(options);
  const regctl = await toolPath('regctl');
  const registry = await startDockerRegistry({ folder: base });
  const asked: string[] = [];
  const meter = await startMeter({
    target: registry.host,
    onRequest: ({ method, path }) => asked.push(`${method} ${path}`),
  });
  const turn = async (way: Way, digest: Digest, round: number) => {
    check();
    progress(`images: round ${round} of ${runs}, ${way.name}`);
    const target = `bench/${way.name.replace(/[^a-z0-9]+/g, '-')}-${round}`;
    const command = way.command(`${meter.host}/${SOURCE}@${digest}`, `${meter.host}/${target}:v1`);
    const first = await counted(command, base, meter, asked);
    const again = await counted(command, base, meter, asked);
    return { first, again, attached: attachedTo(regctl, `${registry.host}/${target}@${digest}`) };
  };
  try {
    progress('images: pushing the image');
    const digest = await pushSource(registry.host, options.layerBytes);
    const figures: PromotionFigures[] = [];
    for (const { name, ours, command } of ways) {
      const { first, again, attached } = await turn({ name, ours, command }, digest, 0);
      figures.push({ name, ours, samples: [], first: first.counts, again: again.counts, attached });
    }
    const samples = ways.map((): Sample[] => []);
    for (let round = 1; round <= runs; round += 1) {
      for (const [at, way] of ways.entries()) samples[at]?.push((await turn(way, digest, round)).first.sample);
    }
    return figures.map((each, at) => ({ ...each, samples: samples[at] ?? [] }));
  } finally {
    await meter.stop();
    await registry.stop();
  }
}

/** Who takes part; each copies all platforms, and what is attached where it can. */
async function findWays({ root, base }: PromotionOptions): Promise<readonly Way[]> {
  const cli = [process.execPath, join(root, 'dist', 'cli.js')];
  const [crane, regctl] = await Promise.all([toolPath('crane'), toolPath('regctl')]);
  const skopeo = requireProgram('skopeo');
  // Its memory of what lies where would be empty on a fresh runner.
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  return [
    {
      name: 'waybill promote',
      ours: true,
      command: (from, to) => [...cli, 'image', 'promote', from, to, '--artifacts', join(base, 'artifacts.json'), '-q'],
    },
    { name: 'waybill copy', ours: true, command: (from, to) => [...cli, 'copy', from, to, '-q'] },
    { name: 'crane copy', ours: false, command: (from, to) => [crane, 'copy', '--insecure', from, to] },
    {
      name: 'regctl image copy --referrers',
      ours: false,
      command: (from, to) => [
        regctl,
        '--host',
        `reg=${hostOf(from)},tls=disabled`,
        'image',
        'copy',
        '--referrers',
        from,
        to,
      ],
    },
    {
      name: 'skopeo copy --all',
      ours: false,
      command: (from, to) => [skopeo, 'copy', '--all', ...insecure, `docker://${from}`, `docker://${to}`],
    },
  ];
}

async function counted(
  command: readonly string[],
  base: string,
  meter: Meter,
  asked: string[],
): Promise<{ readonly sample: Sample; readonly counts: RegistryCounts }> {
  meter.take();
  asked.length = 0;
  const sample = await measureCommand(['env', `HOME=${base}`, ...command], base, base);
  const { requests, ...bodies } = meter.take();
  const pages = asked.filter((each) => each.includes('/tags/list')).length;
  const mounts = asked.filter((each) => each.includes('mount=')).length;
  return { sample, counts: { ...bodies, requests: requests - pages, pages, mounts } };
}

async function pushSource(host: string, layerBytes: number): Promise<Digest> {
  const http = createHttp();
  try {
    const clock = { now: Date.now, sleep, random: Math.random };
    const registry = createRegistry({ host, repository: SOURCE, http, access: 'push', clock });
    const image = buildKitIndex({ note: 'bench', platforms: PLATFORMS, layers: 5, layerBytes });
    await pushImage(registry, image);
    const subject = image.root.descriptor;
    const layers = [{ mediaType: TYPE, bytes: Buffer.from('{"bomFormat":"CycloneDX"}') }];
    await attach({ registry, subject, artifactType: TYPE, layers, annotations: {}, clock });
    return subject.digest;
  } finally {
    http.close();
  }
}

/** How many manifests an independent reader finds attached. */
function attachedTo(regctl: string, reference: string): number {
  const host = ['--host', `reg=${hostOf(reference)},tls=disabled`];
  const args = [...host, 'artifact', 'list', reference, '--format', '{{json .Descriptors}}'];
  const list: unknown = JSON.parse(execFileSync(regctl, args, { encoding: 'utf8' }));
  return Array.isArray(list) ? list.length : 0;
}

function hostOf(reference: string): string {
  return reference.slice(0, reference.indexOf('/'));
}
