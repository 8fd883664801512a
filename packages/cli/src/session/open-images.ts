import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { sleep } from '@waybill/core/async';
import type { ImageDeps, ImagePlace, PrepareDeps } from '@waybill/core/image';
import type { RunContext } from '@waybill/core/runner';
import type { Printer } from '../terminal/index.ts';
import type { LedgerValues } from './open-promotions.ts';

/** Records, registries and docker, as the image verbs work with them. */
export interface ImageSite {
  readonly deps: ImageDeps;
  readonly prepare: Omit<PrepareDeps, 'secrets'>;
}

export interface OpenImagesValues extends LedgerValues {
  /** Values that no line of a build may show. */
  readonly secrets?: readonly string[];
}

/**
 * Opens the records of an image: those that an option names, else on GitHub the ledger of the run's repository and tags
 * beside the image, else the ledger of this user. Nothing is asked before it is used.
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `GIT_REMOTE_INVALID` (user)
 */
export type OpenImages = (values: OpenImagesValues, image: ImagePlace) => Promise<ImageSite>;

export interface OpenImagesDeps {
  readonly context: RunContext;
  readonly onGithub: boolean;
  /** `https://github.com`. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Printer;
  readonly signal: AbortSignal;
  /** What is done when the program ends. */
  readonly atEnd: (close: () => void) => void;
}

/** Of what git says of a large repository. */
const MAX_LISTING = 256 * 1024 * 1024;

export function createOpenImages({ context, onGithub, server, env, print, signal, atEnd }: OpenImagesDeps): OpenImages {
  return async ({ store, 'insecure-registry': insecure, secrets = [] }, place) => {
    const { openPlaces, parseRecordStores, runBuild } = await import('@waybill/core/image');
    const { createRunProgram, createRunTool } = await import('@waybill/core/proc');
    const { findCredentials, openRegistries, runCredentialHelper } = await import('@waybill/core/registry');
    const { home, workspace, platform, arch } = context;
    const token = env['GITHUB_TOKEN'] ?? '';
    // A relative XDG_CACHE_HOME is invalid and ignored (XDG Base Directory Specification).
    const cache = env['XDG_CACHE_HOME'] ?? '';
    const own = join(isAbsolute(cache) ? cache : join(home, '.cache'), 'waybill', 'ledger.git');
    const stores = parseRecordStores(store ?? (onGithub ? '' : `git:${own}`), place, {
      home,
      workspace,
      server: onGithub ? server : undefined,
      repository: context.repository,
    });
    const insecureHosts = [
      ...insecure,
      ...stores.flatMap((each) => (each.kind === 'oci' && each.insecure ? [each.place.host] : [])),
    ];
    const workFolder = mkdtempSync(join(tmpdir(), 'waybill-image-'));
    atEnd(() => rmSync(workFolder, { recursive: true, force: true }));
    const clock = { now: Date.now, sleep, random: Math.random };
    const registries = openRegistries({ env, home, githubToken: token, insecureHosts, clock, log: print });
    atEnd(registries.close);
    const runProgram = createRunProgram({ env, platform });
    const facts = { ...context, serverUrl: onGithub ? server : undefined };
    const docker = findCredentials({ env, home, runHelper: runCredentialHelper(env) });
    const login = async () =>
      place.host === 'ghcr.io' && token !== '' && (await docker(place.host)) === undefined
        ? { host: place.host, username: 'x-access-token', password: token }
        : undefined;
    return {
      deps: {
        openRegistry: registries.open,
        records: openPlaces({
          stores,
          token,
          tokenOrigin: URL.parse(server)?.origin,
          workFolder,
          env,
          run: runProgram,
          openRegistry: registries.open,
          clock,
        }),
        build: async (order, until) =>
          runBuild(order, {
            runProgram,
            workspace,
            tempFolder: workFolder,
            env,
            home,
            login: await login(),
            insecureHosts,
            newName: () => `waybill-${randomBytes(6).toString('hex')}`,
            secrets,
            log: print,
            ...(until === undefined ? {} : { signal: until }),
          }),
        facts,
        clock,
        nonce: () => randomBytes(12).toString('hex'),
        log: print,
        signal,
      },
      prepare: {
        paths: context,
        arch,
        env,
        runTool: createRunTool({ env, platform, maxBytes: MAX_LISTING }),
        facts,
        now: clock.now,
        log: print,
        signal,
      },
    };
  };
}
