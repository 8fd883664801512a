import { describe } from '@jest/globals';
import { describeCommits } from './commits-suite.ts';
import type { RefStoreCapabilities, RefStoreUnderTest } from './ref-store-under-test.ts';
import { describeRefs } from './refs-suite.ts';

/**
 * What every ref store must do, as one suite for all of them.
 * @param makeStore gives a fresh, empty store for each test
 */
export function describeRefStore(
  name: string,
  makeStore: () => Promise<RefStoreUnderTest>,
  capabilities: RefStoreCapabilities,
): void {
  describe(name, () => {
    describeRefs(makeStore, capabilities);
    describeCommits(makeStore);
  });
}
