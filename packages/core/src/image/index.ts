export { readBuildContexts, secretValues } from './buildx/build-args.ts';
export { type BuildOptions, type BuildSecret, type Destination, NO_BUILD_OPTIONS } from './buildx/build-options.ts';
export type { BuildOrder } from './buildx/buildx-arguments.ts';
export type { DockerLogin } from './buildx/docker-login.ts';
export { readInputList, readRecords } from './buildx/input-list.ts';
export { type BuildDeps, type Built, runBuild } from './buildx/run-build.ts';
export type { ClaimTimes } from './claims/await-turn.ts';
export type { Holder } from './claims/claim.ts';
export { askWhetherEnded } from './claims/run-ended.ts';
export { compareAttached, compareFiled } from './filed/compare-filed.ts';
export { type FiledBuilds, type FiledRecord, listFiledBuilds, type WantedBuilds } from './filed/list-filed-builds.ts';
export type { BuildSource, Identity, IdentityKind, IgnoredFiles } from './identity/build-source.ts';
export { type DockerIgnore, parseDockerIgnore } from './identity/dockerignore.ts';
export { localContext } from './identity/local-context.ts';
export { readIdentity } from './identity/read-identity.ts';
export type { Adopt, ImageOrder } from './image-order.ts';
export { imageOutputs } from './image-outputs.ts';
export { imageSummary } from './image-summary.ts';
export {
  BUILD_ARTIFACT_TYPE,
  BUILD_PREDICATE_TYPE,
  encodeBuildStatement,
  REUSE_ARTIFACT_TYPE,
  REUSE_PREDICATE_TYPE,
} from './obtain/build-statement.ts';
export { buildFiledAs, factsOfBuild } from './obtain/file-build.ts';
export type { ImageOutcome, ImageResult } from './obtain/image-outcome.ts';
export {
  type ImageDeps,
  type ImageFacts,
  type ImageLog,
  type ImageMode,
  type ImagePlace,
  type ImageRequest,
  imageName,
} from './obtain/image-request.ts';
export { obtainImage } from './obtain/obtain-image.ts';
export { type ImageSite, type OpenImageSiteOptions, openImageSite } from './open-image-site.ts';
export { type PrepareDeps, prepareRequest } from './prepare-request.ts';
export {
  type OpenPlacesOptions,
  openPlaces,
  parseRecordStores,
  type RecordStore,
  readRecordStores,
  type StoreContext,
} from './records/open-places.ts';
export { describeBuild, type FoundRecord, findByCommit, findRecord } from './records/record-places.ts';
export type { RecordPlace } from './records/records.ts';
export { type ImagePolicy, settleAdopt } from './settle-adopt.ts';
export { validateRecorded } from './validate-image.ts';
