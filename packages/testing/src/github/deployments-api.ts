import { invalid, json, notFound, type Reply } from './reply.ts';
import { field, type Incoming, type Route, textField } from './route.ts';
import type { World } from './world.ts';

/** Where artifacts run, as an organization keeps it (REST API, "Artifact metadata"). */
export const DEPLOYMENT_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    template: '/orgs/{org}/artifacts/metadata/deployment-record',
    needs: [['artifact-metadata', 'write']],
    answer: createRecord,
  },
];

function createRecord({ params, body }: Incoming, world: World): Reply {
  if (params['org'] !== world.owner) return notFound();
  const text = (name: string) => textField(body, name) ?? '';
  const names = ['name', 'digest', 'status', 'logical_environment', 'deployment_name'];
  const missing = names.find((name) => text(name) === '');
  if (missing !== undefined) {
    return invalid('Validation Failed', [{ resource: 'DeploymentRecord', code: 'missing_field', field: missing }]);
  }
  // "Multiple requests for the same combination […] will only create one record, successive request will update" it.
  const key = ['logical_environment', 'physical_environment', 'cluster', 'deployment_name'].map(text).join('\0');
  const state = {
    id: world.deployments.get(key)?.id ?? world.nextId(),
    name: text('name'),
    digest: text('digest'),
    status: text('status'),
    environment: text('logical_environment'),
    deployment: text('deployment_name'),
    version: textField(body, 'version'),
    repository: textField(body, 'github_repository'),
    at: world.now(),
  };
  world.deployments.set(key, state);
  if (field(body, 'return_records') === false) return json(200, { total_count: 1 });
  const { id, digest, environment, deployment, at } = state;
  const record = {
    id,
    digest,
    logical_environment: environment,
    deployment_name: deployment,
    created_at: at,
    updated_at: at,
    attestation_id: null,
  };
  return json(200, { total_count: 1, deployment_records: [record] });
}
