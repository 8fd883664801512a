import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import type { ImagePlace, ImageSite } from '@waybill/core/image';
import type { RunContext } from '@waybill/core/runner';
import type { Printer } from '../terminal/index.ts';
import { cacheFolder } from './cache-folder.ts';
import { readConfigOption } from './config-option.ts';
import type { LedgerValues } from './open-promotions.ts';
import type { OpenRepositories } from './open-repositories.ts';
import { gitHubToken } from './run-facts.ts';

export interface OpenImagesValues extends LedgerValues {
  /** Values that no line of a build may show. */
  readonly secrets?: readonly string[];
}

/**
 * Opens the records of an image: those that an option names, else on GitHub the ledger of the run's repository and tags
 * beside the image, else the ledger of this user. Nothing is asked before it is used.
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `GIT_REMOTE_INVALID` (user)
 */
export type OpenImages = (values: OpenImagesValues, image: ImagePlace) => Promise<Pick<ImageSite, 'deps' | 'prepare'>>;

export interface OpenImagesDeps {
  readonly context: RunContext;
  readonly onGithub: boolean;
  /** `https://github.com`. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Printer;
  readonly signal: AbortSignal;
  readonly openRepositories: OpenRepositories;
  /** What is done when the program ends. */
  readonly atEnd: (close: () => void) => void;
}

export function createOpenImages(deps: OpenImagesDeps): OpenImages {
  const { context, onGithub, server, env, print, signal, openRepositories, atEnd } = deps;
  return async ({ store, config, 'insecure-registry': insecureHosts, secrets = [] }, place) => {
    const { openImageSite, parseRecordStores } = await import('@waybill/core/image');
    const { home, workspace, repository } = context;
    const own = join(cacheFolder(context, env['XDG_CACHE_HOME']), 'ledger.git');
    const known = onGithub ? server : undefined;
    const stores = parseRecordStores(store ?? (onGithub ? '' : `git:${own}`), place, {
      home,
      workspace,
      server: known,
      repository,
    });
    const { repositories, folder } = await openRepositories();
    const site = openImageSite({
      env,
      context,
      server: known,
      place,
      stores,
      config: await readConfigOption(config, context),
      repositories,
      token: gitHubToken(env),
      insecureHosts,
      secrets,
      tempFolder: folder,
      randomHex: (bytes) => randomBytes(bytes).toString('hex'),
      clock: { now: Date.now, sleep, random: Math.random },
      log: print,
      signal,
    });
    atEnd(site.close);
    return site;
  };
}
