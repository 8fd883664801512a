import type { CopyResult } from '@waybill/core/registry';
import type { CopyNames } from './copy-names.ts';

/** What a copy did, for a program. */
export function copyDocument({ from, to, tag }: CopyNames, result: CopyResult) {
  const { root, rootExisted, referrers, legacyTags, notes, present: _, ...counts } = result;
  return {
    from,
    to,
    ...(tag === undefined ? {} : { tag }),
    digest: root.digest,
    mediaType: root.mediaType,
    rootExisted,
    ...counts,
    attached: referrers.map(({ digest, artifactType }) => ({ digest, artifactType })),
    legacyTags,
    notes,
  };
}
