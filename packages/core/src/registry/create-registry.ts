import { createBlobs } from './blobs.ts';
import { createClient } from './client.ts';
import { createManifests } from './manifests.ts';
import { listReferrers } from './referrers/list-referrers.ts';
import { referrersByApi } from './referrers/referrers-by-api.ts';
import { listTags } from './tags.ts';
import type { Registry, RegistryOptions } from './types.ts';

/** A repository in a registry, over the distribution API. Nothing is sent before the first call. */
export function createRegistry(options: RegistryOptions): Registry {
  const { host, repository } = options;
  const client = createClient(options);
  const manifests = createManifests(client);
  const registry: Registry = {
    host,
    repository,
    blobs: createBlobs(client, host),
    manifests,
    time: () => client.time(),
    tags: (io) => listTags(client, io),
    referrersByApi: (subject, io) => referrersByApi(client, subject, io?.signal),
    referrers: (subject, io) => listReferrers(registry, subject, io),
  };
  return registry;
}
