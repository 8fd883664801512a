/**
 * The path that a build context names; undefined where it is something else: another stage, an image, an OCI layout, a git
 * repository, an address (docs.docker.com, "docker buildx build --build-context").
 */
export function localContext(value: string): string | undefined {
  return /^(docker-image|oci-layout|target|https?|git|ssh|input):/.test(value) || /^(git@|github\.com\/)/.test(value)
    ? undefined
    : value;
}
