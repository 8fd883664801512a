import type { Descriptor } from '../oci/index.ts';
import { blobUnknown } from './integrity.ts';
import type { IoOptions, Pusher } from './ports.ts';

/**
 * Whether the store has the blob, which then counts as just pushed: a store that evicts leaves it alone for its grace. For
 * what a save goes on using without having the bytes.
 */
export async function renew(store: Pusher, descriptor: Descriptor, options?: IoOptions): Promise<boolean> {
  const missing = blobUnknown(descriptor, 'the store');
  const unavailable = () => {
    throw missing;
  };
  try {
    await store.push(descriptor, unavailable, options);
    return true;
  } catch (error) {
    if (error === missing) return false;
    throw error;
  }
}
