import { posix, win32 } from 'node:path';
import { parseLedgerUri } from '@waybill/core/content';
import type { PromotionSite } from '@waybill/core/promote';
import type { ConfigPlace } from '@waybill/core/repository';
import type { RunContext } from '@waybill/core/runner';
import { cacheFolder } from './cache-folder.ts';
import { readConfigOption } from './config-option.ts';

/** What {@link LEDGER_OPTIONS} say. */
export interface LedgerValues {
  readonly store: string | undefined;
  readonly 'insecure-registry': readonly string[];
  /** Of verbs that go by a configuration. */
  readonly config?: string | undefined;
}

/**
 * Opens the ledger that an option names, else that of the run's repository, else the one of this user, and registries.
 * Nothing is asked before it is used.
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `GIT_REMOTE_INVALID`, `CONFIG_PLACE_INVALID` (user)
 */
export type OpenPromotions = (values: LedgerValues) => Promise<PromotionSite>;

/** Where the ledger is. */
export interface LedgerPlace {
  /** A path or a URL. */
  readonly ledger: string;
  /** A path where nothing stands becomes a repository with the first record. */
  readonly create: boolean;
  /** The repository of the working directory, which may know the history where the ledger's does not; undefined on GitHub. */
  readonly history: string | undefined;
}

export interface OpenPromotionsDeps {
  readonly context: RunContext;
  readonly onGithub: boolean;
  /** `https://github.com`. */
  readonly server: string;
  /** `XDG_CACHE_HOME`. */
  readonly cacheHome: string | undefined;
  /** The git repository that the working directory stands in. */
  readonly findRepository: () => string | undefined;
  readonly open: (place: LedgerPlace, insecureHosts: readonly string[], config: ConfigPlace) => Promise<PromotionSite>;
}

/** The one place where it is decided which ledger counts. */
export function createOpenPromotions(deps: OpenPromotionsDeps): OpenPromotions {
  const { context, onGithub, server, cacheHome, findRepository, open } = deps;
  const { join } = context.platform === 'win32' ? win32 : posix;
  return async ({ store, 'insecure-registry': insecureHosts, config: option }) => {
    const config = await readConfigOption(option, context);
    const history = onGithub ? undefined : findRepository();
    const place = (ledger: string): LedgerPlace => ({ ledger, create: !onGithub, history });
    if (store !== undefined) return open(place(parseLedgerUri(store).location), insecureHosts, config);
    if (onGithub && context.repository !== undefined)
      return open(place(`${server}/${context.repository}`), insecureHosts, config);
    return open(place(join(cacheFolder(context, cacheHome), 'ledger.git')), insecureHosts, config);
  };
}
