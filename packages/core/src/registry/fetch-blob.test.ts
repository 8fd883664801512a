import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { blob } from '@waybill/testing/store-suite';
import { createHttp, type Http } from '../http/index.ts';
import { createRegistry } from './index.ts';

let fake: FakeRegistry;
let http: Http;
beforeEach(async () => {
  fake = await startFakeRegistry();
  http = createHttp();
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

test('a blob that has become shorter than its descriptor says is told from one that cannot be reached', async () => {
  const clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };
  const { blobs } = createRegistry({ host: fake.host, repository: 'octo-org/app', http, access: 'push', clock });
  const { bytes, descriptor } = blob('0123456789');
  await blobs.push(descriptor, bytes);
  fake.contents.spoil('octo-org/app', descriptor.digest, bytes.subarray(0, 4));
  await expect(blobs.fetch(descriptor, { range: { start: 6, length: 2 } })).rejects.toMatchObject({
    code: 'REGISTRY_RANGE_WRONG',
    kind: 'integrity',
  });
});
