export type { BuildSource, Identity, IdentityKind, IgnoredFiles } from './identity/build-source.ts';
export { type DockerIgnore, parseDockerIgnore } from './identity/dockerignore.ts';
export { readIdentity } from './identity/read-identity.ts';
