import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { sleep } from '@waybill/core/async';
import { connectRegistry, type OpenStoreOptions, openStore } from '@waybill/core/cache';
import { errorCode } from '@waybill/core/errors';
import { createRunTool } from '@waybill/core/proc';
import {
  createOpenImages,
  createOpenPromotions,
  createOpenReleases,
  createOpenRepositories,
  createOpenStore,
  gitHubToken,
  isOnGithub,
  readFacts,
  type Session,
} from '../session/index.ts';
import { createPrinter, type Printer } from '../terminal/index.ts';
import { confirm } from './confirm.ts';
import type { ProcessHost } from './process-host.ts';
import { runProgram } from './run-program.ts';

export interface StartOptions {
  readonly version: string;
  /** The file that worker threads start with. */
  readonly worker: URL;
}

/** Runs the command line of a process and sets its exit code; the process is left to end by itself. */
export async function start(host: ProcessHost, { version, worker }: StartOptions): Promise<void> {
  const { env, platform, stdin, stdout, stderr } = host;
  const controller = new AbortController();
  const closers: (() => void)[] = [];
  const { signal } = controller;
  // Once: a second Ctrl-C ends the process at once, as the system does it.
  const abort = () => controller.abort(new DOMException('interrupted', 'AbortError'));
  host.once('SIGINT', abort);
  host.once('SIGTERM', abort);
  // `waybill cache list | head` closes the pipe when it has seen enough.
  stdout.on('error', ignoreClosedPipe);
  stderr.on('error', ignoreClosedPipe);
  try {
    host.exitCode = await runProgram(host.argv.slice(2), {
      version,
      signal,
      printer: (options) => createPrinter({ stdout, stderr, env, now: Date.now, ...options }),
      session: async (print) => openSession(host, print, worker, signal),
    });
  } finally {
    for (const close of closers) close();
    host.off('SIGINT', abort);
    host.off('SIGTERM', abort);
  }

  function openSession({ arch }: ProcessHost, print: Printer, entry: URL, until: AbortSignal): Session {
    const context = readFacts({ env, platform, arch, cwd: () => host.cwd() });
    const onGithub = isOnGithub(env);
    const token = gitHubToken(env);
    const atEnd = (close: () => void) => void closers.push(close);
    const openRepositories = createOpenRepositories({ context, env, print, atEnd });
    const optionsFor = (access: OpenStoreOptions['access']): OpenStoreOptions => ({
      access,
      env,
      home: context.home,
      githubToken: token,
      now: Date.now,
      random: Math.random,
      log: print,
    });
    const closing = <T extends { readonly close: () => void }>(opened: T): T => {
      closers.push(opened.close);
      return opened;
    };
    const clock = { now: Date.now, sleep, random: Math.random };
    const isThere = stdin.isTTY === true && stderr.isTTY === true;
    return {
      context,
      onGithub,
      env,
      print,
      openStore: createOpenStore({
        context,
        onGithub,
        cacheHome: env['XDG_CACHE_HOME'] || undefined,
        open: async (chain, access) => closing(await openStore(chain, optionsFor(access))),
      }),
      connectRegistry: async (uri, access) => closing(await connectRegistry(uri, optionsFor(access), { attempts: 2 })),
      openPromotions: createOpenPromotions({
        context,
        onGithub,
        server: server(env),
        cacheHome: env['XDG_CACHE_HOME'] || undefined,
        findRepository: () => repositoryAbove(context.workspace),
        open: async (place, insecureHosts, config) => {
          const { openPromotionSite } = await import('@waybill/core/promote');
          const { repositories } = await openRepositories();
          return closing(
            openPromotionSite({
              ...place,
              env,
              home: context.home,
              repositories,
              config,
              token,
              insecureHosts,
              run: context,
              clock,
              log: print,
              signal: until,
            }),
          );
        },
      }),
      openRegistries: async (insecureHosts) => {
        const { openRegistries } = await import('@waybill/core/registry');
        return closing(
          openRegistries({ env, home: context.home, githubToken: token, insecureHosts, clock, log: print }),
        );
      },
      clock,
      openImages: createOpenImages({
        context,
        onGithub,
        server: server(env),
        env,
        print,
        signal: until,
        openRepositories,
        atEnd,
      }),
      openReleases: createOpenReleases({ context, openRepositories }),
      snapshots: () => import('@waybill/core/snapshot'),
      machine: {
        stateDir: context.stateDir,
        now: Date.now,
        threads: Math.min(availableParallelism(), 4),
        workerEntry: entry,
      },
      runTool: createRunTool({ env, platform }),
      confirm: isThere ? (question) => confirm(question, { input: stdin, output: stderr }, until) : undefined,
      signal: until,
    };
  }
}

function server(env: ProcessHost['env']): string {
  return env['GITHUB_SERVER_URL'] || 'https://github.com';
}

/** The nearest folder, this one or above, that is a git repository. */
function repositoryAbove(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

function ignoreClosedPipe(error: Error): void {
  if (errorCode(error) !== 'EPIPE') throw error;
}
