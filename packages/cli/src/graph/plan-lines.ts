import type { CopyPlan } from '@waybill/core/registry';
import { formatCount, formatFields, formatSize, formatTable, oneLine } from '../terminal/index.ts';
import type { CopyNames } from './copy-names.ts';

/** What a copy would do, for a program. */
export function planDocument({ from, to, tag }: CopyNames, plan: CopyPlan) {
  const { root, rootExists, blobs, manifests, referrers, legacyTags } = plan;
  return {
    dryRun: true,
    from,
    to,
    ...(tag === undefined ? {} : { tag }),
    digest: root.digest,
    mediaType: root.mediaType,
    rootExists,
    blobs: blobs.map(({ descriptor: { digest, size, mediaType }, action }) => ({ digest, size, mediaType, action })),
    manifests: manifests.map(({ descriptor: { digest, size, mediaType }, action }) => ({
      digest,
      size,
      mediaType,
      action,
    })),
    attached: referrers.map(({ descriptor: { digest, artifactType }, subject, action }) => ({
      digest,
      artifactType,
      subject,
      action,
    })),
    legacyTags,
  };
}

/** The same for people. */
export function planLines({ from, to, tag }: CopyNames, plan: CopyPlan): readonly string[] {
  const { root, rootExists, blobs, manifests, referrers, legacyTags } = plan;
  const sum = (action: CopyPlan['blobs'][number]['action']) => {
    const those = blobs.filter((each) => each.action === action);
    const bytes = those.reduce((total, { descriptor: { size } }) => total + size, 0);
    return those.length === 0 ? undefined : `${formatCount(those.length, 'blob')}, ${formatSize(bytes)}`;
  };
  const attached = [
    ...referrers.map(({ descriptor, action }) => [
      action === 'attach' ? 'attach' : 'there',
      oneLine(descriptor.artifactType ?? descriptor.mediaType),
      descriptor.digest,
    ]),
    ...legacyTags.map((each) => [each.action, 'old tag', each.tag]),
  ];
  return [
    ...formatFields([
      ['from', from],
      ['to', `${to}${tag === undefined ? '' : `:${tag}`}@${root.digest}`],
      [
        'image',
        rootExists ? 'is there' : formatCount(manifests.filter(({ action }) => action === 'put').length, 'manifest'),
      ],
      ['mount', sum('mount')],
      ['send', sum('copy')],
      ['there', sum('exists')],
      ['elsewhere', sum('foreign')],
      ['set', tag === undefined ? undefined : `the tag ${tag}`],
    ]),
    ...(attached.length === 0 ? [] : ['']),
    ...formatTable(
      [
        { title: 'WHAT', align: 'left' },
        { title: 'TYPE', align: 'left' },
        { title: 'OF', align: 'left' },
      ],
      attached,
    ),
  ];
}
