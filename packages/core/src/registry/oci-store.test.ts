import { describe } from '@jest/globals';
import { type FakeRegistryOptions, type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { describeStore, fakeClock, type StoreUnderTest } from '@waybill/testing/store-suite';
import { createHttp } from '../http/index.ts';
import { EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, isManifestType, MediaType } from '../oci/index.ts';
import { createRegistry, openOciStore } from './index.ts';

const overFake = (quirks: Partial<Quirks>) => over({ quirks });

async function over(options: FakeRegistryOptions): Promise<StoreUnderTest> {
  const clock = fakeClock();
  const fake = await startFakeRegistry({ clock: clock.now, ...options });
  const http = createHttp();
  const open = () =>
    openOciStore(
      createRegistry({
        host: fake.host,
        repository: 'octo-org/app-waybill',
        http,
        access: 'push',
        credentials: async () => ({ kind: 'basic', username: 'ci', password: 'pw' }),
        clock: { now: clock.now, sleep: async () => undefined, random: () => 0 },
      }),
    );
  const dispose = async () => {
    http.close();
    await fake.stop();
  };
  return { store: open(), again: open(), clock, dispose };
}

const CAN = { deletes: true, countsAccess: false };
describeStore('oci store over a conforming registry', () => overFake({}), CAN);
describeStore(
  'oci store over a registry that deletes nothing, mounts nothing, ignores ranges, and lies about digests and order',
  () =>
    overFake({
      deletes: 'refused',
      mounts: 'upload',
      ranges: 'ignored',
      digestHeader: 'wrong',
      tagOrder: 'reversed',
      pageSize: 3,
      uploads: 'other-host',
      blobs: 'other-host',
      referrers: 'empty',
    }),
  { ...CAN, deletes: false },
);

const USERS = { ci: { password: 'pw', grants: { '*': ['pull', 'push', 'delete'] } } } as const;

describe.each(['ghcr', 'ghcr-with-empty-referrers'] as const)('over a registry that is as %s is', (profile) => {
  describeStore(
    'oci store, each blob named by a manifest',
    async () => {
      const under = await over({ profile, auth: { kind: 'token', users: USERS } });
      return { ...under, store: naming(under.store), again: naming(under.again) };
    },
    { ...CAN, deletes: false },
  );
});

/** Such a registry serves what a manifest names, and nothing else: here each blob has one, as in a snapshot it has. */
function naming(store: StoreUnderTest['store']): StoreUnderTest['store'] {
  return {
    ...store,
    async push(descriptor, content, io) {
      const outcome = await store.push(descriptor, content, io);
      if (outcome === 'exists' || isManifestType(descriptor.mediaType)) return outcome;
      await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON, io);
      const { mediaType, digest, size } = descriptor;
      const manifest = encodeManifest({
        schemaVersion: 2,
        mediaType: MediaType.imageManifest,
        artifactType: 'application/vnd.test.pin',
        config: EMPTY_DESCRIPTOR,
        layers: [{ mediaType, digest, size }],
      });
      await store.push(manifest.descriptor, manifest.raw, io);
      return outcome;
    },
  };
}
