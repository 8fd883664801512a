import type { ChannelRule, Config } from '@waybill/core/config';
import { createMemoryRefStore, createMemoryRefs, type MemoryRefs, type RefStore } from '@waybill/core/content';
import { createHttp } from '@waybill/core/http';
import { createLedger, type Ledger } from '@waybill/core/ledger';
import { type Digest, digestOf } from '@waybill/core/oci';
import {
  type PromoteRequest,
  type PromotionOutcome,
  type PromotionSite,
  parseTarget,
  promote,
  type Relation,
  type RunFacts,
} from '@waybill/core/promote';
import { createRegistry, type Registry } from '@waybill/core/registry';
import { type FixtureImage, image as fixtureImage, pushImage } from '../images/index.ts';
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from '../registry/index.ts';
import { type FakeClock, fakeClock } from '../store-suite/index.ts';

export interface PromotionStageOptions {
  readonly registry?: FakeRegistryOptions;
  /** What the configuration says of channels; without it there is no configuration. */
  readonly channels?: (host: string) => Readonly<Record<string, Partial<ChannelRule>>>;
  /** How the commits stand to each other. Default: by their order in {@link commitAt}. */
  readonly compare?: (base: string, head: string) => Relation;
}

/** A registry, a ledger in memory, and a history of commits one after another. */
export interface PromotionStage {
  readonly fake: FakeRegistry;
  readonly refs: MemoryRefs;
  readonly ledger: Ledger;
  readonly clock: FakeClock;
  /** `host/octo-org/build`: where images come from. */
  readonly image: string;
  readonly config: Config | undefined;
  readonly lines: string[];
  /** A site for one run. */
  site(options?: SiteOptions): PromotionSite;
  open(repository?: string, at?: FakeRegistry): Registry;
  /** Pushes an image of this note to `octo-org/build`, built from {@link commitAt} of this number. */
  push(note: string, commit?: number): Promise<FixtureImage>;
  /** Promotes the image from `octo-org/build` to one target. */
  promote(
    image: FixtureImage,
    to: string,
    changes?: Partial<PromoteRequest>,
    site?: PromotionSite,
  ): Promise<PromotionOutcome>;
  /** The digest under a tag. */
  tagged(tag: string, repository?: string): Promise<Digest | undefined>;
  /** Requests since the log was cleared: method, path with `HEX` for each digest, status. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

export interface SiteOptions {
  /** Facts that differ. */
  readonly run?: Partial<RunFacts>;
  /** Called before and after each step of the ledger's refs; what it throws ends the step. */
  readonly atRefs?: () => void;
  readonly statements?: PromotionSite['statements'];
  readonly deployments?: PromotionSite['deployments'];
  /** Stands in for the registry's client. */
  readonly wrap?: (registry: Registry) => Registry;
}

/** The n-th commit of a history: 40 hex. */
export function commitAt(n: number): string {
  return n.toString(16).padStart(40, '0');
}

const REPOSITORY = 'octo-org/build';
const RUN: RunFacts = {
  ref: 'refs/heads/main',
  actor: 'octocat',
  repository: 'octo-org/app',
  workflow: 'deploy',
  runId: '42',
  runAttempt: '1',
};

export async function openPromotionStage(options: PromotionStageOptions = {}): Promise<PromotionStage> {
  const clock = fakeClock();
  const fake = await startFakeRegistry({ clock: clock.now, ...options.registry });
  const http = createHttp();
  const refs = createMemoryRefs();
  const ledger = createLedger(createMemoryRefStore(refs));
  const image = `${fake.host}/${REPOSITORY}`;
  const config = options.channels === undefined ? undefined : configOf(image, options.channels(fake.host));
  const lines: string[] = [];
  const retryClock = {
    now: clock.now,
    random: () => 0,
    sleep: async (ms: number) => clock.advance(ms),
  };
  const open = (repository = REPOSITORY, at = fake) =>
    createRegistry({ host: at.host, repository, http, access: 'push', clock: retryClock, retry: { attempts: 1 } });
  const stage: PromotionStage = {
    fake,
    refs,
    ledger,
    clock,
    image,
    config,
    lines,
    open,
    site: ({ run = {}, atRefs, wrap = (registry: Registry) => registry, statements, deployments } = {}) => ({
      openRegistry: ({ host, repository }, access) =>
        wrap(createRegistry({ host, repository, http, access, clock: retryClock, retry: { attempts: 1 } })),
      openLedger: async () => ({
        ledger: createLedger(guarded(createMemoryRefStore(refs), atRefs)),
        ancestry: { compareCommits: async (base, head) => (options.compare ?? byNumber)(base, head) },
        config:
          config === undefined ? undefined : { config, recorded: { commit: commitAt(1), digest: fileDigest(config) } },
        shown: 'git:memory',
      }),
      run: { ...RUN, ...run },
      clock: retryClock,
      log: {
        info: (message) => lines.push(message),
        notice: (message) => lines.push(`notice: ${message}`),
        warning: (message) => lines.push(`warning: ${message}`),
      },
      ...(statements === undefined ? {} : { statements }),
      ...(deployments === undefined ? {} : { deployments }),
    }),
    push: async (note, commit) => {
      const annotations = commit === undefined ? {} : { 'org.opencontainers.image.revision': commitAt(commit) };
      const made = fixtureImage({ note, annotations });
      await pushImage(open(), made);
      return made;
    },
    promote: async (made, to, changes = {}, site = stage.site()) => {
      const request: PromoteRequest = {
        source: {
          kind: 'digest',
          place: { host: fake.host, repository: REPOSITORY },
          digest: made.root.descriptor.digest,
          commit: undefined,
        },
        to: [parseTarget(to)],
        via: undefined,
        referrers: 'all',
        statement: true,
        allowDiverged: false,
        dryRun: false,
        ...changes,
      };
      const outcomes: PromotionOutcome[] = [];
      for await (const outcome of promote(request, site)) outcomes.push(outcome);
      const last = outcomes.at(-1);
      if (last === undefined) throw new Error('a promotion without an outcome');
      return last;
    },
    tagged: async (tag, repository) => (await open(repository).manifests.get({ tag }))?.descriptor.digest,
    requests: () =>
      fake.log.map(({ method, path, status }) => {
        const short = path.replace(/[0-9a-f]{64}/g, 'HEX').replace(/^\/v2\/octo-org\//, '');
        return `${method} ${short} ${status}`;
      }),
    stop: async () => {
      http.close();
      await fake.stop();
    },
  };
  return stage;
}

/** The store, with a look before and after each step that is one of its own. */
function guarded(store: RefStore, look: (() => void) | undefined): RefStore {
  if (look === undefined) return store;
  const around = async <T>(step: () => Promise<T>): Promise<T> => {
    look();
    const result = await step();
    look();
    return result;
  };
  return {
    ...store,
    resolve: (ref, io) => around(() => store.resolve(ref, io)),
    readFile: (commit, path, io) => around(() => store.readFile(commit, path, io)),
    commit: (change, io) => around(() => store.commit(change, io)),
    move: (ref, to, io) => around(() => store.move(ref, to, io)),
    assertWritable: (io) => around(() => store.assertWritable(io)),
  };
}

function byNumber(base: string, head: string): Relation {
  if (base === head) return 'identical';
  return Number.parseInt(head, 16) > Number.parseInt(base, 16) ? 'ahead' : 'behind';
}

function configOf(image: string, channels: Readonly<Record<string, Partial<ChannelRule>>>): Config {
  const rule: ChannelRule = { from: [], require: 'integrity', soakMs: 0, evidence: [] };
  return {
    version: 1,
    file: '.github/waybill.yml',
    images: [
      {
        pattern: image,
        channels: Object.fromEntries(
          Object.entries(channels).map(([name, changes]) => [name, { ...rule, ...changes }]),
        ),
        adopt: 'same-ref',
      },
    ],
    cache: undefined,
    trust: undefined,
    alarms: undefined,
  };
}

function fileDigest(config: Config): Digest {
  return digestOf(Buffer.from(JSON.stringify(config)));
}
