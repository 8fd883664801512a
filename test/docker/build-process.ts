// One run that wants an image, as a process that can be killed, with claims that die in seconds:
//
//   node --conditions=source test/docker/build-process.ts '{"image": …, "workspace": …, "store": …, "target": …}'
//
// Prints what came of it as one line of JSON.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { obtainImage, openPlaces, parseRecordStores, prepareRequest, runBuild } from '@waybill/core/image';
import { parseReference } from '@waybill/core/oci';
import { createRunProgram, createRunTool } from '@waybill/core/proc';
import { openRegistries } from '@waybill/core/registry';
import { openRepositories } from '@waybill/core/repository';

const TIMES = { renewEveryMs: 1000, leaseMs: 5000, pollMs: 300 };

interface Words {
  readonly image: string;
  readonly workspace: string;
  readonly store: string;
  readonly target: string;
}

const words = JSON.parse(process.argv[2] ?? '{}') as Words;
const { env, platform } = process;
const workFolder = mkdtempSync(join(tmpdir(), 'waybill-process-'));
const clock = { now: Date.now, sleep, random: Math.random };
const log = {
  info: (message: string) => console.error(message),
  notice: (message: string) => console.error(message),
  warning: (message: string) => console.error(message),
};
const registries = openRegistries({ env, home: workFolder, githubToken: '', insecureHosts: [], clock, log });
const { host, repository } = parseReference(words.image);
const place = { host, repository };
const context = { home: workFolder, workspace: words.workspace, server: undefined, repository: undefined };
const facts = {
  repository: 'octo-org/app',
  ref: 'refs/heads/main',
  branch: 'main',
  headCommit: undefined,
  commitMessage: undefined,
  sha: undefined,
  workflow: undefined,
  runId: String(process.pid),
  runAttempt: '1',
  job: undefined,
  actor: undefined,
  serverUrl: undefined,
};
const runProgram = createRunProgram({ env, platform });
const repositories = openRepositories({
  env,
  platform,
  home: workFolder,
  cwd: words.workspace,
  token: '',
  workFolder,
  clock,
});
const empty: readonly string[] = [];
const request = await prepareRequest(
  {
    place,
    mode: { kind: 'build' },
    options: {
      addHosts: empty,
      allow: empty,
      annotations: empty,
      attests: empty,
      buildArgs: empty,
      buildContexts: empty,
      builder: '',
      cacheFrom: empty,
      cacheTo: empty,
      cgroupParent: '',
      context: '.',
      driverOpts: empty,
      file: '',
      labels: empty,
      load: false,
      network: '',
      noCache: false,
      noCacheFilters: empty,
      outputs: empty,
      platforms: empty,
      provenance: '',
      pull: false,
      sbom: '',
      secrets: [],
      shmSize: '',
      ssh: empty,
      target: words.target,
      ulimit: empty,
    },
    tags: [],
    push: true,
    identity: 'commit',
    identityFrom: [],
    adopt: 'same-ref',
    attach: false,
    waitMinutes: 5,
  },
  {
    paths: { workspace: words.workspace, home: workFolder, platform },
    arch: process.arch,
    env,
    runTool: createRunTool({ env, platform }),
    facts,
    policy: { read: async () => undefined, shown: 'nowhere', isNamed: false },
    secrets: [],
    now: Date.now,
    sleep,
    times: TIMES,
    log,
  },
);
try {
  const outcome = await obtainImage(request, {
    openRegistry: registries.open,
    records: openPlaces({
      stores: parseRecordStores(words.store, place, context),
      repositories,
      openRegistry: registries.open,
      clock,
      settleMs: 500,
    }),
    build: (order, signal) =>
      runBuild(order, {
        runProgram,
        workspace: words.workspace,
        tempFolder: workFolder,
        env,
        home: workFolder,
        login: undefined,
        insecureHosts: [],
        newName: () => `waybill-${randomBytes(6).toString('hex')}`,
        secrets: [],
        log,
        ...(signal === undefined ? {} : { signal }),
      }),
    facts,
    clock,
    nonce: () => randomBytes(12).toString('hex'),
    log,
  });
  console.log(JSON.stringify({ result: outcome.result, digest: outcome.digest }));
} finally {
  registries.close();
  rmSync(workFolder, { recursive: true, force: true });
}
