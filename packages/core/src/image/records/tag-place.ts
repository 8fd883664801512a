import type { Sleep } from '../../async/index.ts';
import type { Registry } from '../../registry/index.ts';
import { tagClaims } from '../claims/tag-claims.ts';
import type { RecordPlace } from './records.ts';
import { recordTag, tagBuilds } from './tag-builds.ts';

export interface TagPlaceOptions {
  readonly clock: { readonly now: () => number; readonly sleep: Sleep };
  /** D of the election, in milliseconds. */
  readonly settleMs: number;
}

/** Records and claims by tags of a repository that holds nothing else: `<image>-waybill`. */
export function tagPlace(registry: Registry, { clock, settleMs }: TagPlaceOptions): RecordPlace {
  const shown = `${registry.host}/${registry.repository}`;
  return {
    guarantee: 'hint',
    shown: `oci://${shown}`,
    builds: tagBuilds(registry),
    claims: (image, identity) => tagClaims({ registry, image, identity, clock, settleMs }),
    assertWritable: (options) => registry.blobs.tryUpload(options),
    howToForget: (image, identity) => `delete the version of ${shown} with the tag ${recordTag(image, identity)}`,
  };
}
