import { errorMessage } from '../../errors/index.ts';
import { DEFAULT_MAX_STORE_BYTES } from '../parse-store-uri.ts';
import type { AccessLog, Deleter, KeyedStore, LocalBlobs, Name, Renewer, Store } from '../ports.ts';
import { onDisk } from './disk-errors.ts';
import { layoutAccess } from './layout-access.ts';
import { layoutBlobs } from './layout-blobs.ts';
import { layoutIndex } from './layout-index.ts';
import { type LayoutMachineOptions, layoutMachine } from './layout-machine.ts';
import { layoutNames } from './layout-names.ts';
import { layoutPaths } from './layout-paths.ts';
import { layoutUsage } from './layout-usage.ts';
import { DEFAULT_GRACE_MS, type PruneOptions, type PruneResult, prune } from './prune.ts';

export interface LayoutStoreOptions extends LayoutMachineOptions {
  /** Bytes of blobs past which the least recently used snapshots are evicted; 0 is without a cap. Default 10 GiB. */
  readonly maxBytes?: number;
  /** Blobs touched within so many milliseconds are never removed. Default one hour. */
  readonly graceMs?: number;
}

export interface LayoutStore extends Store, LocalBlobs, Renewer, Deleter, KeyedStore, AccessLog {
  readonly dir: string;
  /** Evicts down to the cap and tidies up; also done after a put that passes the cap. */
  prune(options?: PruneOptions): Promise<PruneResult>;
}

/**
 * The store in a folder of this machine: an OCI image layout (OCI image-spec 1.1, image-layout.md), with names, uses and
 * locks in its sub-folder `waybill`. Opening touches nothing; the folder is made by the first write. Any number of
 * processes may read, write and evict in it at once.
 *
 * Besides what the ports say, all throw WaybillError `DISK_FULL`, `STORE_DENIED`, `STORE_UNREACHABLE`, and writes of names
 * `STORE_BUSY`. A look-up in a folder that does not exist finds nothing.
 */
export function openLayoutStore(dir: string, options: LayoutStoreOptions): LayoutStore {
  const { maxBytes = DEFAULT_MAX_STORE_BYTES, graceMs = DEFAULT_GRACE_MS } = options;
  const paths = layoutPaths(dir);
  const machine = layoutMachine(options);
  const usage = layoutUsage(paths, machine);
  const index = layoutIndex(paths, machine);
  const names = layoutNames(paths, machine, index);
  const pruneAll = (pruning?: PruneOptions) =>
    onDisk(dir, () => prune({ paths, machine, index, usage, maxBytes, graceMs }, pruning));

  const evictWhereFull = async (keep: Name) => {
    try {
      const estimate = await usage.estimate();
      if (estimate === undefined || estimate > maxBytes) await pruneAll({ keep });
    } catch (error) {
      machine.log(`the store could not be pruned: ${errorMessage(error)}`);
    }
  };

  return {
    dir,
    ...layoutBlobs(paths, machine, maxBytes === 0 ? async () => undefined : usage.add),
    ...names,
    put: async (name, target, putOptions) => {
      const result = await names.put(name, target, putOptions);
      if (result.written && maxBytes > 0) await evictWhereFull(name);
      return result;
    },
    ...layoutAccess(paths, machine),
    prune: pruneAll,
  };
}
