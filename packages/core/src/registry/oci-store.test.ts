import { type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { describeStore, fakeClock, type StoreUnderTest } from '@waybill/testing/store-suite';
import { createHttp } from '../http/index.ts';
import { createRegistry, openOciStore } from './index.ts';

async function overFake(quirks: Partial<Quirks>): Promise<StoreUnderTest> {
  const clock = fakeClock();
  const fake = await startFakeRegistry({ clock: clock.now, quirks });
  const http = createHttp();
  const open = () =>
    openOciStore(
      createRegistry({
        host: fake.host,
        repository: 'octo-org/app-waybill',
        http,
        access: 'push',
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
