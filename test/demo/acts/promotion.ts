import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { attach, createRegistry, type Registry } from '@waybill/core/registry';
import type { ActionRunner } from '@waybill/testing/action-runner';
import { type FixtureImage, image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { short } from '../print.ts';
import { openSources, type Sources } from '../sources.ts';
import { type Act, DemoError, type Stage } from '../stage.ts';

const SBOM = 'application/vnd.cyclonedx+json';
const REPOSITORY = 'octo-org/app';
const CLOCK = { now: Date.now, sleep, random: Math.random };

export const promotion: Act = {
  title: 'An image goes from dev to production by its digest, and back: the same bytes, rules, a ledger in git',
  play: async (stage) => {
    const fake = await startFakeRegistry();
    const http = createHttp();
    try {
      await play(stage, fake, http);
    } finally {
      http.close();
      await fake.stop();
    }
  },
};

async function play(stage: Stage, fake: FakeRegistry, http: Http): Promise<void> {
  const { print } = stage;
  const machine = await stage.machine('promoting');
  const sources = openSources(join(machine.home, 'sources'));
  const registry = createRegistry({ host: fake.host, repository: REPOSITORY, http, access: 'push', clock: CLOCK });
  const job = await stage.job(machine);
  const name = `${fake.host}/${REPOSITORY}`;
  const promote = (inputs: Readonly<Record<string, string>>, expected?: 'failure') =>
    stage.run(job, { action: 'promote', with: { image: name, store: `git:${sources.bare}`, ...inputs } }, expected);

  print.step('two commits are built, an SBOM is attached to each image; the second one is promoted after the first');
  const first = await build(registry, sources, 'first');
  const second = await build(registry, sources, 'second');
  for (const { made } of [first, second]) {
    const { digest } = made.root.descriptor;
    await verify(stage, job, `${name}@${digest}`);
    for (const to of ['dev', 'staging', 'production']) {
      const step = await promote({ digest, to });
      stage.expectOutputs(step, { digest, promoted: 'true', 'copied-bytes': '0' });
    }
    print.good(`${short(digest)} verified, then promoted to dev, staging, production: not a byte of a layer moved`);
  }

  const late = await promote({ digest: first.made.root.descriptor.digest, to: 'production' }, 'failure');
  print.good(
    `the first one again: refused (${codeOf(late.stdout, stage)}); a channel never goes backwards by accident`,
  );

  const third = await build(registry, sources, 'third');
  const layer = third.made.parts[1]?.descriptor.digest ?? third.made.root.descriptor.digest;
  fake.contents.spoil(REPOSITORY, layer, Buffer.from('something else'));
  const swapped = await promote({ digest: third.made.root.descriptor.digest, to: 'dev' }, 'failure');
  print.good(`a layer of the third one is swapped in the registry: refused (${codeOf(swapped.stdout, stage)})`);

  const back = await promote({ to: 'production', rollback: 'true' });
  stage.expectOutputs(back, {
    digest: first.made.root.descriptor.digest,
    'previous-digest': second.made.root.descriptor.digest,
    promoted: 'true',
  });
  print.good(`production is rolled back to ${short(first.made.root.descriptor.digest)}`);

  print.step('the history, by the command line:');
  const history = stage.waybill(machine, 'image', 'history', name, '--store', `git:${sources.bare}`);
  // A whole digest is wider than most terminals.
  const narrow = history
    .replace(`DIGEST${' '.repeat(58)}`, 'DIGEST')
    .replaceAll(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
  for (const line of narrow.trimEnd().split('\n')) print.plain(`    ${line}`);
  const records = history.trimEnd().split('\n').length - 1;
  if (records !== 7) throw new DemoError(`The history has ${records} records, expected 7.`);
}

async function verify(stage: Stage, job: ActionRunner, reference: string): Promise<void> {
  const step = await stage.run(job, { action: 'verify-digest', with: { reference, layers: 'rehash' } });
  stage.expectOutputs(step, { verified: 'integrity' });
}

/** An image of a new commit, in the registry, with an SBOM attached. */
async function build(registry: Registry, sources: Sources, note: string): Promise<{ readonly made: FixtureImage }> {
  const annotations = { 'org.opencontainers.image.revision': sources.commit(note) };
  const made = image({ note, annotations, layers: 3, layerBytes: 1_000_000 });
  await pushImage(registry, made);
  const sbom = {
    mediaType: SBOM,
    bytes: Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', metadata: { component: { name: note } } })),
  };
  await attach({ registry, subject: made.root.descriptor, artifactType: SBOM, layers: [sbom], clock: CLOCK });
  return { made };
}

/** The code of the rule that failed, as the step's error says it. */
function codeOf(stdout: string, stage: Stage): string {
  const [, code] = /- ([a-z-]+): /.exec(stdout) ?? [];
  if (code === undefined) stage.stop(`A step was refused without a reason:\n${stdout}`);
  return code ?? '';
}
