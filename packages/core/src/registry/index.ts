export { attach } from './attach/attach.ts';
export { type EncodedReferrer, encodeReferrer } from './attach/encode-referrer.ts';
export type { AttachLayer, AttachOptions } from './attach/types.ts';
export { copyImage } from './copy/copy-image.ts';
export { planCopy } from './copy/plan-copy.ts';
export type { CopyNote, CopyOptions, CopyOutcome, CopyPlan, CopyProgress, CopyResult } from './copy/types.ts';
export { createRegistry } from './create-registry.ts';
export { type RunHelper, runCredentialHelper } from './credentials/docker-credential.ts';
export {
  type FindCredentialsOptions,
  type FoundCredentials,
  findCredentials,
  locateCredentials,
} from './credentials/find-credentials.ts';
export { namedTargets } from './names/named-targets.ts';
export { registryNames } from './names/registry-names.ts';
export { type OciStore, openOciStore } from './oci-store.ts';
export { type OpenRegistriesOptions, openRegistries, type Registries } from './open-registries.ts';
export { ownTag, referrersTag } from './referrers/attached-tags.ts';
export { RegistryError } from './registry-error.ts';
export { registryStore } from './registry-store.ts';
export { readTree, type TreeNode } from './tree/read-tree.ts';
export type {
  ApiReferrers,
  Blobs,
  CredentialOrigin,
  CredentialSource,
  Credentials,
  FetchedManifest,
  ManifestRef,
  Manifests,
  MountResult,
  Registry,
  RegistryOptions,
  RegistryRetry,
  UploadSession,
} from './types.ts';
export { withManifestMemory } from './with-manifest-memory.ts';
