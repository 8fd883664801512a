export { describeStore } from './describe-store.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
export { type FixtureSnapshot, saveFixture } from './fixture-snapshot.ts';
export {
  blob,
  collect,
  collectRecords,
  name,
  pieces,
  type StoreCapabilities,
  type StoreUnderTest,
  type SuiteStore,
  target,
} from './store-under-test.ts';
