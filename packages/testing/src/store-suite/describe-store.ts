import { describe } from '@jest/globals';
import { describeAccess } from './access-suite.ts';
import { describeBytes } from './bytes-suite.ts';
import { describeNames } from './names-suite.ts';
import type { StoreCapabilities, StoreUnderTest } from './store-under-test.ts';

/**
 * What every store must do, as one suite for all of them.
 * @param makeStore gives a fresh, empty store for each test
 */
export function describeStore(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  capabilities: StoreCapabilities,
): void {
  describe(name, () => {
    describeBytes(makeStore, capabilities);
    describeNames(makeStore);
    if (capabilities.countsAccess) describeAccess(makeStore);
  });
}
