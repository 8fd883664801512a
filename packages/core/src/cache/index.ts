export type { CacheLog } from './cache-log.ts';
export { type ClassicOutputs, classicOutputs, failsOnMiss } from './classic-outputs.ts';
export { classifyError, type Verdict } from './classify-error.ts';
export { connectRegistry, type RegistryConnection } from './connect-registry.ts';
export type { CacheDeps, Snapshots } from './deps.ts';
export { type EntryInputNames, type EntryInputs, readEntry } from './entry-inputs.ts';
export {
  CACHE_KIND,
  cacheScopes,
  cacheVersion,
  keyPlatform,
  LOCAL_SCOPE,
  platformOf,
  type ScopeFacts,
} from './identity.ts';
export { restoreSummary, saveSummary } from './job-summary.ts';
export { isSameKey, keyProblems } from './key.ts';
export {
  LEAST_PERMISSIONS,
  type LeastPermission,
  permissionHint,
  type StorePlace,
  type StoreUse,
  showPermissions,
} from './least-permissions.ts';
export { type OpenedStore, type OpenStoreOptions, openStore } from './open-store.ts';
export {
  isHit,
  REASONS,
  type Reason,
  type RestoreOutcome,
  type RestoreResult,
  type SaveOutcome,
  type SaveResult,
} from './outcome.ts';
export { type Entry, type ResolveEntryDeps, resolveEntry, unresolved } from './resolve-entry.ts';
export { type RestoreRequest, restoreCache } from './restore-cache.ts';
export {
  type EntryStepDeps,
  type RestoreStepInputs,
  type RestoreStepResult,
  requireHit,
  restoreStep,
  type StepDeps,
} from './restore-step.ts';
export { declineSave, saveCache } from './save-cache.ts';
export { type NoSave, type SavePolicy, saveUnwanted } from './save-decision.ts';
export type { SaveFacts, SaveRequest } from './save-request.ts';
export {
  type PathInput,
  readCompressionLevel,
  readKey,
  readPaths,
  readRestoreKeys,
  readStore,
  rejectUnbuilt,
} from './step-inputs.ts';
export { type Outputs, restoreOutputs, saveOutputs } from './step-outputs.ts';
export { isReleaseContext, type UnsignedPolicy, untrustedEvent } from './trust.ts';
export { type StepHost, type StepOptions, withStep } from './with-step.ts';
