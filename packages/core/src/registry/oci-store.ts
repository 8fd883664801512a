import type { Deleter, KeyedStore, Store } from '../content/index.ts';
import { registryNames } from './names/registry-names.ts';
import { registryStore } from './registry-store.ts';
import type { Registry } from './types.ts';

export type OciStore = Store & Deleter & KeyedStore;

/** A repository of a registry as a store of bytes and names (`oci://HOST/REPOSITORY`). */
export function openOciStore(registry: Registry): OciStore {
  return { ...registryStore(registry), ...registryNames(registry) };
}
