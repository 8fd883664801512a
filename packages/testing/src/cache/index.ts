export { type CacheStore, type CacheYard, openCacheYard, type RestoreCheck } from './cache-yard.ts';
export { createFakeSnapshots, type FakeSnapshots } from './fake-snapshots.ts';
