export { describeRefStore, type RefStoreCapabilities } from './describe-ref-store.ts';
export { bytesOf, collectAll, type RefStoreUnderTest, textOf } from './ref-store-under-test.ts';
