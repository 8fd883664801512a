export { createFakeSnapshots, type FakeSnapshots } from './fake-snapshots.ts';
