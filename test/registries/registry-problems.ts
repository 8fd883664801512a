import { copyGraph, createMemoryStore } from '@waybill/core/content';
import { errorMessage } from '@waybill/core/errors';
import { createHttp } from '@waybill/core/http';
import { createRegistry, registryStore } from '@waybill/core/registry';

/**
 * Reads all that the tags of a repository reach. Empty: each has its size and its digest, and nothing is missing.
 * @param host of a registry that anyone may read, by plain http on loopback
 */
export async function registryProblems(host: string, repository: string): Promise<string[]> {
  const http = createHttp();
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  const registry = createRegistry({ host, repository, http, clock });
  const problems: string[] = [];
  try {
    for await (const page of registry.tags()) {
      for (const tag of page) {
        try {
          const found = await registry.manifests.get({ tag });
          if (found === undefined) throw new Error('listed, and not there');
          await copyGraph(registryStore(registry), createMemoryStore({ clock: clock.now }), found.descriptor);
        } catch (error) {
          problems.push(`${tag}: ${errorMessage(error)}`);
        }
      }
    }
  } finally {
    http.close();
  }
  return problems;
}
