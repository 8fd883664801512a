import type { FakeAuth, ProfileName, Quirks } from './types.ts';

interface Profile {
  readonly quirks: Partial<Quirks>;
  readonly auth: Pick<FakeAuth, 'saysExpiry'>;
}

/** GitHub's container registry, from the threads that are named. */
const GHCR: Profile = {
  quirks: {
    // actions/attest-build-provenance#71: 404 for all referrers, nothing but the tag schema works.
    referrers: 'none',
    // A mount may always be answered with a session.
    mounts: 'upload',
    // ocx-sh/ocx#237, oras-project/rust-oci-client#35: a larger PATCH is 416; one PUT takes a blob of any size.
    maxPatchBytes: 4 * 1024 * 1024,
    // dataaxiom/ghcr-cleanup-action: packages are deleted by another API, a version at a time.
    deletes: 'refused',
    // smg-project/smg#2348, werf/werf#3654: a hundred at a time, without dates.
    tagOrder: 'lexical',
    pageSize: 100,
    // containerd/stargz-snapshotter#167: a GET leads to another host, by an address that is good for a short time.
    blobs: 'other-host',
    addressLifeMs: 300_000,
    // folbricht/desync, "How chunks are stored": what no manifest names is not served.
    servedBlobs: 'named',
    pingScope: 'repository:user/image:pull',
    // chainguard-images/images#173: past 2000 requests a minute; tests have not as many.
    limitedEvery: 23,
  },
  // Nobody says how long a token lives.
  auth: { saysExpiry: false },
};

/** Some see an empty answer where others see 404. */
const EMPTY: Profile = { ...GHCR, quirks: { ...GHCR.quirks, referrers: 'empty' } };

/** Registries as their users have described them in public. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  ghcr: GHCR,
  'ghcr-with-empty-referrers': EMPTY,
};
