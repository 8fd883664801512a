import { startFakeRegistry } from '@waybill/testing/registry';
import { describeRegistry } from '@waybill/testing/registry-suite';

describeRegistry('client over the conforming fake', () => startFakeRegistry());
// The suite's blobs have no manifests.
describeRegistry('client over a fake as GHCR is', () =>
  startFakeRegistry({ profile: 'ghcr-with-empty-referrers', quirks: { servedBlobs: 'all', deletes: 'allowed' } }),
);
describeRegistry('client over a fake without referrers, with its uploads elsewhere and wrong headers', () =>
  startFakeRegistry({ quirks: { referrers: 'none', digestHeader: 'wrong', uploads: 'other-host', ranges: 'ignored' } }),
);
