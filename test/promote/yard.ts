import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import type { Digest } from '@waybill/core/oci';
import {
  type LedgerSite,
  type OpenedPromotionSite,
  openPromotionSite,
  type PromoteRequest,
  type PromotionOutcome,
  parseTarget,
  promote,
} from '@waybill/core/promote';
import { type CredentialSource, createRegistry, type Registry } from '@waybill/core/registry';
import { CONFIG_DEFAULT, openRepositories } from '@waybill/core/repository';
import { runGit } from '@waybill/testing/git';
import { type FixtureImage, image, pushImage } from '@waybill/testing/images';

const CLOCK = { now: Date.now, sleep, random: Math.random };

export interface SiteOptions {
  /** The ledger's repository. Default: the yard's own. */
  readonly ledger?: string;
  readonly token?: string;
  /** `GITHUB_SERVER_URL`. */
  readonly server?: string;
  /** What `docker login` left: user and password by host. */
  readonly logins?: Readonly<Record<string, string>>;
}

/** A repository of sources with a real history, which keeps the ledger as well. */
export interface Yard {
  readonly base: string;
  /** The bare repository. */
  readonly sources: string;
  /** A commit on `main`, pushed; its id. @param aside the commit that it stands on in place, on a branch of its own */
  commit(message: string, aside?: string): string;
  /** Writes a file into the default branch, in a commit of its own. */
  write(path: string, text: string): void;
  /** A site as one run has it; closed with the yard. */
  site(options?: SiteOptions): OpenedPromotionSite;
  ledger(): Promise<LedgerSite>;
  /** A repository, with the right to push. */
  open(host: string, repository: string, credentials?: CredentialSource): Registry;
  /** Pushes an image that names this commit, and gives it. */
  push(registry: Registry, note: string, commit: string): Promise<FixtureImage>;
  /** Promotes from where the registry is to one target. */
  promote(
    from: Registry,
    digest: Digest,
    to: string,
    changes?: Partial<PromoteRequest>,
    site?: OpenedPromotionSite,
  ): Promise<PromotionOutcome>;
  remove(): void;
}

export function openYard(): Yard {
  const base = mkdtempSync(join(tmpdir(), 'waybill-promote-'));
  const sources = join(base, 'sources.git');
  const work = join(base, 'work');
  runGit(base, ['init', '--quiet', '--bare', '--initial-branch=main', sources]);
  runGit(base, ['clone', '--quiet', sources, work]);
  runGit(work, ['checkout', '--quiet', '-B', 'main']);
  runGit(work, ['commit', '--quiet', '--allow-empty', '--message', 'first']);
  const http = createHttp();
  const closers: (() => void)[] = [() => http.close()];
  let sites = 0;

  const push = (branch: string) => runGit(work, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`]);
  const yard: Yard = {
    base,
    sources,
    commit: (message, aside) => {
      runGit(work, ['checkout', '--quiet', ...(aside === undefined ? ['main'] : ['-B', 'aside', aside])]);
      runGit(work, ['commit', '--quiet', '--allow-empty', '--message', message]);
      push(aside === undefined ? 'main' : 'aside');
      return runGit(work, ['rev-parse', 'HEAD']);
    },
    write: (path, text) => {
      runGit(work, ['checkout', '--quiet', 'main']);
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
      runGit(work, ['add', '--all']);
      runGit(work, ['commit', '--quiet', '--message', `write ${path}`]);
      push('main');
    },
    site: ({ ledger = sources, token = '', server, logins = {} } = {}) => {
      sites += 1;
      const folder = join(base, `site-${sites}`);
      const workFolder = join(folder, 'work');
      mkdirSync(workFolder, { recursive: true });
      const auths = Object.fromEntries(
        Object.entries(logins).map(([host, pair]) => [host, { auth: Buffer.from(pair).toString('base64') }]),
      );
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
      const env = {
        PATH: process.env['PATH'],
        HOME: folder,
        DOCKER_CONFIG: folder,
        ...(server === undefined ? {} : { GITHUB_SERVER_URL: server }),
      };
      const machine = { env, platform: process.platform, home: folder, cwd: folder, token, clock: CLOCK };
      const repositories = openRepositories({ ...machine, workFolder });
      const site = openPromotionSite({
        ...machine,
        repositories,
        ledger,
        create: false,
        config: CONFIG_DEFAULT,
        insecureHosts: [],
        run: {
          ref: 'refs/heads/main',
          actor: 'octocat',
          repository: 'octo-org/app',
          workflow: 'deploy',
          runId: String(sites),
          runAttempt: '1',
        },
        log: { info: () => undefined, notice: () => undefined, warning: () => undefined },
      });
      closers.push(() => site.close());
      return site;
    },
    ledger: () => yard.site().openLedger({}),
    open: (host, repository, credentials) =>
      createRegistry({
        host,
        repository,
        http,
        access: 'push',
        clock: CLOCK,
        ...(credentials === undefined ? {} : { credentials }),
      }),
    push: async (registry, note, commit) => {
      const made = image({ note, annotations: { 'org.opencontainers.image.revision': commit } });
      await pushImage(registry, made);
      return made;
    },
    promote: async ({ host, repository }, digest, to, changes = {}, site = yard.site()) => {
      const request: PromoteRequest = {
        source: { kind: 'digest', place: { host, repository }, digest, commit: undefined },
        to: [parseTarget(to)],
        via: undefined,
        referrers: 'all',
        statement: true,
        allowDiverged: false,
        dryRun: false,
        ...changes,
      };
      for await (const outcome of promote(request, site)) return outcome;
      throw new Error('a promotion without an outcome');
    },
    remove: () => {
      for (const close of closers) close();
      rmSync(base, { recursive: true, force: true });
    },
  };
  return yard;
}

/** `host/repository` of a registry. */
export function imageOf({ host, repository }: Registry): string {
  return `${host}/${repository}`;
}
