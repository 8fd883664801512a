import { limit } from '../async/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type Digest, formatPlatform, type Platform } from '../oci/index.ts';
import { type BlobOutcome, checkBlob } from './check-blob.ts';
import { finding } from './findings.ts';
import { matchesPlatform, parsePlatform, platformOf, samePlatform } from './platforms.ts';
import { readGraph } from './read-graph.ts';
import { type Survey, survey } from './survey.ts';
import type { Finding, Verification, VerifyOptions } from './types.ts';
import { sortFindings, verdictOf } from './verdict.ts';

const DEFAULT_CONCURRENCY = 8;

/**
 * Looks at everything that a digest reaches: each manifest and child by its bytes, configs and layers as `layers` says,
 * the platforms, BuildKit's attestations. Everything that is wrong is found, not only the first of it.
 * @throws WaybillError `PLATFORM_INVALID` (user) for a platform that is not `os/arch[/variant]`; `IMAGE_TOO_LARGE`; what
 *   keeps the registry from answering (`RATE_LIMITED`, `STORE_DENIED`, `STORE_UNREACHABLE`, …), which is no finding
 */
export async function verifyDigest(options: VerifyOptions): Promise<Verification> {
  const { registry, digest, layers, signal, present = new Set(), concurrency = DEFAULT_CONCURRENCY } = options;
  const wanted = (options.platforms ?? []).map(wantedPlatform);
  const io = signal === undefined ? {} : { signal };
  const gate = limit(concurrency);
  const nodes = await readGraph(registry, digest, { ...io, gate });
  const surveyed = survey(nodes, digest, { layers, needsPlatform: wanted.length > 0 });
  const uses = [...surveyed.blobs.values()].filter((use) => !present.has(use.descriptor.digest));
  const checked = await Promise.all(uses.map((use) => gate(() => checkBlob(registry, use, layers, io), signal)));
  const outcomes = new Map(uses.map((use, i) => [use.descriptor.digest, checked[i] ?? { hashed: 0 }]));

  const { platforms, findings: ofImages } = imagePlatforms(surveyed, outcomes);
  const manifests = [...nodes.values()].flatMap((node) => node.manifest ?? []);
  const findings = sortFindings([
    ...surveyed.findings.map((each) => asLost(each, options)),
    ...checked.flatMap((outcome) => outcome.finding ?? []),
    ...ofImages,
    ...missingPlatforms(wanted, platforms),
  ]);
  return {
    digest,
    verified: verdictOf(findings),
    mediaType: nodes.get(digest)?.manifest?.descriptor.mediaType ?? '',
    platforms: [...new Set(platforms.map(formatPlatform))].sort(),
    findings,
    manifests: manifests.length,
    layers: uses.length,
    bytes: [...manifests.map(({ raw }) => raw.byteLength), ...checked.map(({ hashed }) => hashed)].reduce(
      (a, b) => a + b,
      0,
    ),
  };
}

function wantedPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  throw new WaybillError('PLATFORM_INVALID', `not a platform: ${JSON.stringify(text)}`, {
    kind: 'user',
    hint: 'A platform is os/arch or os/arch/variant, such as linux/arm64.',
  });
}

/** What the images run on: as their index says, else their config; and where the two differ. */
function imagePlatforms(
  { images, platforms }: Survey,
  outcomes: ReadonlyMap<Digest, BlobOutcome>,
): { readonly platforms: readonly Platform[]; readonly findings: readonly Finding[] } {
  const found = [...platforms];
  const findings: Finding[] = [];
  for (const { digest, platform, config } of images) {
    const bytes = outcomes.get(config.digest)?.bytes;
    if (bytes === undefined) continue;
    let own: Platform | undefined;
    try {
      own = platformOf(bytes);
    } catch {
      const message = `the config of ${digest} is not JSON`;
      findings.push(finding('config-invalid', { subject: config.digest, message }));
      continue;
    }
    if (own === undefined) continue;
    if (platform === undefined) found.push(own);
    else if (!samePlatform(platform, own)) {
      findings.push(
        finding('platform-mismatch', {
          subject: digest,
          message: `the index says another platform of ${digest} than its config`,
          expected: formatPlatform(platform),
          found: formatPlatform(own),
        }),
      );
    }
  }
  return { platforms: found, findings };
}

function missingPlatforms(wanted: readonly Platform[], has: readonly Platform[]): readonly Finding[] {
  return wanted
    .filter((each) => !has.some((platform) => matchesPlatform(platform, each)))
    .map((each) =>
      finding('platform-missing', {
        subject: formatPlatform(each),
        message: `there is no image for ${formatPlatform(each)}`,
        expected: formatPlatform(each),
        found: has.length === 0 ? 'none' : [...new Set(has.map(formatPlatform))].sort().join(', '),
      }),
    );
}

function asLost(each: Finding, { digest, recorded = false, registry }: VerifyOptions): Finding {
  if (!recorded || each.code !== 'manifest-missing' || each.subject !== digest) return each;
  const message = `${digest} is recorded, and gone from ${registry.host}/${registry.repository}`;
  return finding('lost', { subject: digest, message, expected: digest, found: 'none' });
}
