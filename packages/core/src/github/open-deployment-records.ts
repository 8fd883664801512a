import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import type { GitHub } from './github.ts';
import { GitHubError } from './github-error.ts';

/** What an environment has now. */
export interface DeploymentFacts {
  /** `host/repository` of the image, at most 256 characters. */
  readonly name: string;
  readonly digest: Digest;
  /** At most 128 characters. */
  readonly environment: string;
  readonly commit: string | undefined;
}

export interface DeploymentRecords {
  record(facts: DeploymentFacts, io?: IoOptions): Promise<void>;
}

/**
 * GitHub's deployment records of artifacts (REST API, "Create an artifact deployment record"): one for each image and
 * environment, in which the digest of now takes the place of the one before. Organizations alone have them.
 * @throws by `record` WaybillError `DEPLOYMENT_NOT_RECORDED` (user) where the owner has none, or the token may not write it,
 *   and what {@link GitHub} throws
 */
export function openDeploymentRecords(github: GitHub): DeploymentRecords {
  return {
    async record({ name, digest, environment, commit }, io) {
      const parameters = {
        name,
        digest,
        status: 'deployed',
        logical_environment: environment,
        // With the environment it is what a record is known by.
        deployment_name: name,
        github_repository: github.repo,
        return_records: false,
        ...(commit === undefined ? {} : { version: commit }),
      };
      const route = 'POST /orgs/{org}/artifacts/metadata/deployment-record';
      // Done twice it is done once.
      const call = { needs: 'artifact-metadata: write', repeatable: true, ...io };
      try {
        await github.rest(route, parameters, () => undefined, call);
      } catch (error) {
        if (!(error instanceof GitHubError) || ![403, 404].includes(error.status) || error.kind !== 'user') throw error;
        throw new WaybillError('DEPLOYMENT_NOT_RECORDED', error.message, {
          kind: 'user',
          hint: `GitHub keeps deployment records for organizations, which ${github.owner} may not be. ${error.hint ?? ''}`.trim(),
          cause: error,
        });
      }
    },
  };
}
