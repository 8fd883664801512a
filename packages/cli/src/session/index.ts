export { CONFIG_OPTIONS } from './config-option.ts';
export { COPY_OPTIONS, LEDGER_OPTIONS, PROMOTE_OPTIONS } from './ledger-options.ts';
export { openCopy } from './open-copy.ts';
export { createOpenImages, type OpenImages } from './open-images.ts';
export { createOpenPromotions, type LedgerValues, type OpenPromotions } from './open-promotions.ts';
export {
  createOpenReleases,
  type OpenedReleases,
  type OpenReleases,
  RELEASES_OPTIONS,
  withReleases,
} from './open-releases.ts';
export { createOpenRepositories, type OpenRepositories } from './open-repositories.ts';
export {
  type Bytes,
  createOpenStore,
  type Names,
  type OpenedStore,
  type OpenStore,
  type OpenStoreDeps,
  type StoreAccess,
} from './open-store.ts';
export { RECORD_OPTIONS } from './record-options.ts';
export { gitHubToken, isOnGithub, readFacts } from './run-facts.ts';
export { fullRef, SCOPE_OPTIONS, type ScopeValues, scopeParts, scopesOf, showScope } from './scope.ts';
export type { Session } from './session.ts';
export { OUTPUT_OPTIONS, STORE_OPTIONS } from './store-options.ts';
