import { afterAll, beforeAll, describe } from '@jest/globals';
import { createHttp, type Http } from '@waybill/core/http';
import { createRegistry, openOciStore } from '@waybill/core/registry';
import { describeRegistry } from '@waybill/testing/registry-suite';
import { describeStore, fakeClock, type StoreUnderTest } from '@waybill/testing/store-suite';
import { startDockerRegistry } from './docker-registry.ts';
import { startGgcrRegistry } from './ggcr-registry.ts';
import type { Registry } from './start-server.ts';

describeRegistry('client over docker-registry', startDockerRegistry);
describeRegistry("client over go-containerregistry's registry", startGgcrRegistry, {
  tagsGoWithManifest: false,
  blobsByRepository: false,
});

describe.each([
  ['docker-registry', startDockerRegistry],
  ["go-containerregistry's registry", startGgcrRegistry],
])('with one %s for all', (kind, start) => {
  let registry: Registry;
  let repositories = 0;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());

  describeStore(
    `oci store over ${kind}`,
    async (): Promise<StoreUnderTest> => {
      const clock = fakeClock();
      const http = createHttp();
      const repository = `suite/store-${(repositories += 1)}`;
      const open = () =>
        openOciStore(
          createRegistry({
            host: registry.host,
            repository,
            http: withoutDate(http),
            access: 'push',
            clock: { now: clock.now, sleep: async () => undefined, random: () => 0 },
          }),
        );
      return { store: open(), again: open(), clock, dispose: async () => http.close() };
    },
    { deletes: true, countsAccess: false },
  );
});

/** The suite moves time by its own clock: the registry's would overrule it. */
function withoutDate(http: Http): Http {
  return {
    ...http,
    request: async (asked) => {
      const response = await http.request(asked);
      const { date: _, ...headers } = response.headers;
      return { ...response, headers };
    },
  };
}
