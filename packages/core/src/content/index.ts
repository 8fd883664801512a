export { type Advice, around, type Call } from './around.ts';
export { base32hex, base32hexNumber } from './base32hex.ts';
export { abortable, openContent, single } from './byte-stream.ts';
export { type CopyGraphOptions, type CopyGraphResult, copyGraph } from './copy-graph.ts';
export { type Alternative, type FullStore, failover, isStoreFailure } from './failover.ts';
export { DEFAULT_MAX_FETCH_BYTES, type FetchAllOptions, fetchAll } from './fetch-all.ts';
export { hashFields, netstrings } from './hash-fields.ts';
export { blobUnknown, hashOnce, MismatchError, rangeOf, verifyStream } from './integrity.ts';
export { type LockRules, underLock } from './layout/file-lock.ts';
export { escapeKey } from './layout/name-marker.ts';
export { encodeRecord, parseRecord } from './layout/name-record-json.ts';
export { type LayoutStore, type LayoutStoreOptions, openLayoutStore } from './layout/open-layout-store.ts';
export type { PruneOptions, PruneResult } from './layout/prune.ts';
export { lookUp, type Partition } from './look-up.ts';
export {
  commitUnknown,
  createMemoryRefStore,
  createMemoryRefs,
  type MemoryRefs,
  notForward,
} from './memory-ref-store.ts';
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
export { checkName, isExpired, MAX_KEY_LENGTH, nameRef, sameName } from './name.ts';
export { type GitStoreUri, parseLedgerUri } from './parse-ledger-uri.ts';
export {
  type Alternatives,
  chainOf,
  parseStoreChain,
  placeOf,
  STORE_CHAIN_GRAMMAR,
  type StoreChain,
  showStoreChain,
} from './parse-store-chain.ts';
export {
  DEFAULT_MAX_STORE_BYTES,
  type DirStoreUri,
  type OciStoreUri,
  parseStoreUri,
  type Share,
  type StoreUri,
} from './parse-store-uri.ts';
export type {
  Access,
  AccessLog,
  ByteStream,
  Checker,
  Content,
  Deleter,
  Fetcher,
  FetchOptions,
  Guarantees,
  IoOptions,
  KeyedStore,
  LocalBlobs,
  Name,
  NameFilter,
  NameMatch,
  NameQuery,
  NameRecord,
  Pusher,
  PushOptions,
  PutOptions,
  PutResult,
  Renewer,
  Store,
} from './ports.ts';
export { mayWrite, newRecord } from './put-rules.ts';
export { checkRef, checkRefPrefix, checkTreePath, isCommitId, parseCommitId, REF_ROOT } from './ref-names.ts';
export {
  type CommitChange,
  type CommitId,
  type HistoryEntry,
  MAX_REF_FILE_BYTES,
  type MoveOptions,
  type RefStore,
  type RefTip,
  type TreeFile,
} from './ref-store.ts';
export { type ByteStore, type Tier, type TieredStore, tiered } from './tiered.ts';
export { verifying } from './verifying.ts';
export { withCopies } from './with-copies.ts';
export { withLimit } from './with-limit.ts';
export { withLog } from './with-log.ts';
export { withRetries } from './with-retries.ts';
