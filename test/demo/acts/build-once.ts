import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { createRegistry } from '@waybill/core/registry';
import type { StepRun } from '@waybill/testing/action-runner';
import { image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { type Builder, findBuilder } from '../find-builder.ts';
import { seconds, short } from '../print.ts';
import { openSources } from '../sources.ts';
import { type Act, DemoError, type Stage } from '../stage.ts';

const REPOSITORY = 'octo-org/app';
const CLOCK = { now: Date.now, sleep, random: Math.random };
const FILES = { Dockerfile: 'FROM scratch\nCOPY message /message\n', message: 'built once\n' };

/** How one of the two runs came to the image. */
interface Finish {
  readonly run: string;
  readonly built: boolean;
  readonly digest: string;
  readonly milliseconds: number;
}

/** @param env where docker is looked for */
export function buildOnce(env: Readonly<Record<string, string | undefined>>): Act {
  return {
    title:
      'Two runs want the image of one commit: one builds it, the other takes its digest; verified, promoted, on record',
    play: async (stage) => {
      const registry = await startFakeRegistry();
      const http = createHttp();
      try {
        await play(stage, registry, http, await findBuilder(env, registry.host));
      } finally {
        http.close();
        await registry.stop();
      }
    },
  };
}

async function play(stage: Stage, { host }: FakeRegistry, http: Http, builder: Builder | undefined): Promise<void> {
  const { print } = stage;
  const machine = await stage.machine('building');
  const sources = openSources(join(machine.home, 'sources'));
  const commit = sources.commit('a change', FILES);
  const name = `${host}/${REPOSITORY}`;
  const shared = { image: name, store: `git:${sources.bare}` };
  print.step(
    builder === undefined
      ? 'docker buildx has no builder here that reaches this registry: whoever claims the build makes the image in process, and records it'
      : `docker buildx builds, with the ${builder.shown}; the layer that it makes stays in its cache`,
  );

  print.step(`runs 101 and 102 start at once, each a process with a checkout of ${commit.slice(0, 12)} of its own`);
  const finishes = await Promise.all(['101', '102'].map((run) => race(run)));
  const [winner, loser] = finishes.toSorted((one, other) => Number(other.built) - Number(one.built));
  if (winner?.built !== true || loser?.built !== false || winner.digest !== loser.digest || winner.digest === '') {
    throw new DemoError(`One build and one digest were expected, and these came: ${JSON.stringify(finishes)}`);
  }
  const { digest } = winner;
  print.good(
    `run ${winner.run} claimed, built, pushed and recorded ${short(digest)} (${seconds(winner.milliseconds)})`,
  );
  print.good(
    `run ${loser.run} took ${short(digest)}, after all that it reaches was found in the registry (${seconds(loser.milliseconds)})`,
  );

  const job = await stage.job(machine);
  const verified = await stage.run(job, { action: 'verify-digest', with: { ...shared, commit, layers: 'rehash' } });
  stage.expectOutputs(verified, { digest, verified: 'integrity' });
  print.good(`verify-digest by image and commit: ${short(digest)}, every byte hashed (${seconds(verified.wallMs)})`);
  const promoted = await stage.run(job, { action: 'promote', with: { ...shared, digest, to: 'dev\nstaging' } });
  stage.expectOutputs(promoted, { digest, promoted: 'true' });
  print.good(`promote: ${short(digest)} is in dev and staging (${seconds(promoted.wallMs)})`);

  print.step('the record of the build, by the command line:');
  const record = stage.waybill(machine, 'record', 'show', name, '--commit', commit, '--store', shared.store);
  if (!record.includes(digest)) throw new DemoError(`The record does not name ${digest}:\n${record}`);
  for (const line of record.trimEnd().split('\n')) print.plain(`    ${line}`);

  async function race(run: string): Promise<Finish> {
    const racer = await stage.machine(`run-${run}`);
    sources.checkOut(racer.workspace);
    const racing = await stage.job(racer, { ...builder?.env, GITHUB_RUN_ID: run });
    const want = (inputs: Readonly<Record<string, string>>) =>
      stage.run(racing, { action: 'build-image-once', with: { ...shared, ...inputs } });
    const begin = performance.now();
    const end = (built: boolean, { outputs }: StepRun): Finish => ({
      run,
      built,
      digest: outputs['digest'] ?? '',
      milliseconds: performance.now() - begin,
    });
    if (builder !== undefined) {
      const step = await want({});
      return end(step.outputs['built'] === 'true', step);
    }
    const claim = await want({ mode: 'claim' });
    if (claim.outputs['needs-build'] !== 'true') return end(false, claim);
    const made = image({ note: run, annotations: { 'org.opencontainers.image.revision': commit } });
    await pushImage(createRegistry({ host, repository: REPOSITORY, http, access: 'push', clock: CLOCK }), made);
    return end(true, await want({ mode: 'record', digest: made.root.descriptor.digest }));
  }
}
