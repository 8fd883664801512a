/** Media types of the OCI image specification 1.1 and of Docker's schema 2. */
export const MediaType = {
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  emptyJson: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** Whether a registry keeps bytes of this media type under `/manifests/`, not under `/blobs/`. */
export function isManifestType(mediaType: string): boolean {
  return (
    mediaType === MediaType.imageManifest ||
    mediaType === MediaType.imageIndex ||
    mediaType === MediaType.dockerManifest ||
    mediaType === MediaType.dockerManifestList
  );
}

/** Whether manifests of this media type list other manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MediaType.imageIndex || mediaType === MediaType.dockerManifestList;
}
