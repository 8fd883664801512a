import { startFakeRegistry } from '@waybill/testing/registry';
import { describeRegistry } from '@waybill/testing/registry-suite';

describeRegistry('client over the conforming fake', () => startFakeRegistry());
describeRegistry('client over a fake as GHCR is', () =>
  startFakeRegistry({
    quirks: {
      referrers: 'empty',
      mounts: 'upload',
      blobs: 'other-host',
      maxPatchBytes: 4 * 1024 * 1024,
      pageSize: 100,
    },
  }),
);
describeRegistry('client over a fake without referrers, with its uploads elsewhere and wrong headers', () =>
  startFakeRegistry({ quirks: { referrers: 'none', digestHeader: 'wrong', uploads: 'other-host', ranges: 'ignored' } }),
);
