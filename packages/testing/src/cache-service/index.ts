/**
 * The cache service of GitHub Actions (version 2), on loopback: the three Twirp methods that actions/toolkit calls, and behind
 * their signed addresses the part of Azure's blob service that its client speaks. Blobs are files; the index is in memory.
 *
 * ```ts
 * const service = await startCacheService({ folder });
 * const token = service.token({ scopes: [{ scope: 'refs/heads/main', access: 'write' }] });
 * // a step of actions/cache with `service.env(token)` in its environment saves and restores
 * await service.stop();
 * ```
 *
 * As on GitHub: an entry is (repository, scope, key, version) and never changes; a token lists the scopes it may read, in the
 * order in which they are searched, and writes to the first that it may write; the look-up of a scope is the key itself, then
 * the key as a prefix, then each restore key as a prefix, newest first. What it does not do: version 1 of the service, eviction,
 * quotas, rate limits.
 */
export { startCacheService } from './start-cache-service.ts';
export type {
  BlobOperation,
  CacheOperation,
  CacheService,
  CacheServiceOptions,
  ServedRequest,
  ServiceEntry,
  TokenRequest,
  TokenScope,
} from './types.ts';
