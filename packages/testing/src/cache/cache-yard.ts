import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CacheDeps,
  cacheScopes,
  platformOf,
  type RestoreOutcome,
  restoreCache,
  type SaveOutcome,
  saveCache,
} from '@waybill/core/cache';
import { createMemoryStore } from '@waybill/core/content';
import type { CacheMode } from '@waybill/core/runner';
import { restoreSnapshot, saveSnapshot } from '@waybill/core/snapshot';
import { fakeRunContext } from '../runner/index.ts';
import { type PlantedEntry, plantTree, Site } from '../snapshots/index.ts';
import { createRandom } from '../trees/index.ts';

/** What the use cases save to and restore from. */
export type CacheStore = Pick<CacheDeps, 'names' | 'store'>;

export interface RestoreCheck {
  readonly outcome: RestoreOutcome;
  /** What stands in the workspace afterwards: the tree that was saved, nothing at all, or lines about what is wrong. */
  readonly stands: 'the tree' | 'nothing' | readonly string[];
  readonly warnings: readonly string[];
}

/** One real tree, saved and restored by the use cases as a push to `main` of octo-org/app saves and restores it. */
export interface CacheYard {
  /** Writes a file of the tree, below folders that are there. */
  plant(path: string, content: string): void;
  save(store: CacheStore, key: string): Promise<SaveOutcome & { readonly warnings: readonly string[] }>;
  /** Restores into a workspace that is empty, and goes afterwards. A run that may only read leaves broken entries alone. */
  restore(
    store: CacheStore,
    key: string,
    options?: { readonly restoreKeys?: readonly string[]; readonly mode?: CacheMode },
  ): Promise<RestoreCheck>;
  /** Staging folders that stand anywhere. */
  leftovers(): readonly string[];
  remove(): void;
}

/**
 * @param largeBytes size of a file that does not compress; more than 1 MiB is stored in chunks
 */
export function openCacheYard(largeBytes = 300_000): CacheYard {
  const site = new Site(createMemoryStore({ clock: () => 0 }));
  const source = site.workspace();
  const large = Buffer.alloc(largeBytes);
  createRandom(7).fill(large);
  const entries: readonly PlantedEntry[] = [
    { path: '', kind: 'folder' },
    { path: 'a.txt', kind: 'file', content: 'one', mode: 0o755 },
    { path: 'empty', kind: 'file' },
    { path: 'folder', kind: 'folder', mode: 0o700 },
    { path: 'folder/large.bin', kind: 'file', content: large },
    { path: 'folder/text.txt', kind: 'file', content: 'the quick brown fox '.repeat(500) },
    { path: 'link', kind: 'symlink', target: 'folder/text.txt' },
  ];
  plantTree(join(source, 'tree'), entries);
  const facts = fakeRunContext();
  const scopes = cacheScopes(facts, 'repository');
  const platform = platformOf(facts.platform, facts.arch);
  const common = { crossOsArchive: false, scopes, platform };

  const depsOf = (store: CacheStore, warnings: string[]): CacheDeps => ({
    ...store,
    snapshots: async () => ({ restoreSnapshot, saveSnapshot }),
    machine: { stateDir: undefined, now: Date.now, threads: 0, workerEntry: undefined },
    log: {
      info: () => undefined,
      notice: () => undefined,
      warning: (message) => void warnings.push(message),
    },
  });

  return {
    plant: (path, content) => writeFileSync(join(source, 'tree', path), content),

    async save(store, key) {
      const warnings: string[] = [];
      const outcome = await saveCache(
        {
          ...common,
          paths: site.paths(source),
          key,
          restoreKeys: [],
          facts,
          parent: undefined,
          overwrite: false,
          retentionDays: 7,
          compressionLevel: 1,
          allowSecrets: false,
          tokens: [],
          startedAt: undefined,
        },
        depsOf(store, warnings),
      );
      return { ...outcome, warnings };
    },

    async restore(store, key, { restoreKeys = [], mode = 'write' } = {}) {
      const warnings: string[] = [];
      const workspace = site.workspace();
      const outcome = await restoreCache(
        {
          ...common,
          paths: site.paths(workspace),
          key,
          restoreKeys,
          lookupOnly: false,
          mode,
          releaseContext: false,
          unsigned: 'warn',
          timeoutMs: 60_000,
        },
        depsOf(store, warnings),
      );
      const tree = join(workspace, 'tree');
      const difference = existsSync(tree) ? await site.difference(join(source, 'tree'), tree) : undefined;
      site.removeFolder(workspace);
      const stands = difference === undefined ? 'nothing' : difference.length === 0 ? 'the tree' : difference;
      return { outcome, stands, warnings };
    },

    leftovers: () => site.leftovers(),
    remove: () => site.remove(),
  };
}
