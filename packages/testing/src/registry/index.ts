export { startFakeRegistry } from './create-fake-registry.ts';
export type {
  FakeAuth,
  FakeContents,
  FakeRegistry,
  FakeRegistryOptions,
  FakeUser,
  Fault,
  FaultKind,
  Grants,
  LoggedRequest,
  ProfileName,
  Quirks,
  SeenRequest,
} from './types.ts';
