import { toolPath } from '../../scripts/tools.mjs';
import { type Registry, startServer } from './start-server.ts';

/**
 * Starts go-containerregistry's registry (`ggcr/`), in memory. It has the referrers API and is no strict reader of the
 * specification: no `OCI-Subject`, a wrong artifactType in its referrers, tags that outlive their manifest, pages of tags
 * without a `Link`, mounts that are always uploads, one pool of blobs for all repositories.
 *
 * @throws Error where it cannot be built, or with what it printed if it does not come up within 20 s
 */
export async function startGgcrRegistry(): Promise<Registry> {
  return startServer({ name: 'ggcr-registry', program: await toolPath('ggcr-registry'), status: 200 });
}
