export { startFakeGitHub } from './start-fake-github.ts';
export type {
  FakeAsset,
  FakeContents,
  FakeDeployment,
  FakeGitHub,
  FakeGitHubOptions,
  FakeRelease,
  FakeRun,
  FakeToken,
  Fault,
  FaultKind,
  LoggedRequest,
  PermissionLevel,
  PermissionName,
  Permissions,
  Quirks,
  SeenRequest,
} from './types.ts';
