import { describeRefStore } from '@waybill/testing/ref-store-suite';
import { createMemoryRefStore, createMemoryRefs } from './memory-ref-store.ts';

describeRefStore(
  'memory ref store',
  async () => {
    const refs = createMemoryRefs();
    return {
      store: createMemoryRefStore(refs),
      open: async () => createMemoryRefStore(refs),
      dispose: async () => undefined,
    };
  },
  { races: 25 },
);
