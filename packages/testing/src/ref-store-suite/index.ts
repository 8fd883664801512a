export { describeRefStore } from './describe-ref-store.ts';
export {
  bytesOf,
  collectAll,
  type RefStoreCapabilities,
  type RefStoreUnderTest,
  textOf,
} from './ref-store-under-test.ts';
