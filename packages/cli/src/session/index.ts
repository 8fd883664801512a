export { COPY_OPTIONS, LEDGER_OPTIONS, PROMOTE_OPTIONS } from './ledger-options.ts';
export { openCopy } from './open-copy.ts';
export { createOpenImages, type ImageSite, type OpenImages } from './open-images.ts';
export { createOpenPromotions, type LedgerValues, type OpenPromotions } from './open-promotions.ts';
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
export { isOnGithub, readFacts } from './run-facts.ts';
export { fullRef, SCOPE_OPTIONS, type ScopeValues, scopeParts, scopesOf, showScope } from './scope.ts';
export type { Session } from './session.ts';
export { OUTPUT_OPTIONS, STORE_OPTIONS } from './store-options.ts';
