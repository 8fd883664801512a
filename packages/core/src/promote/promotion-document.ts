import type { CopyPlan } from '../registry/index.ts';
import type { PromotionOutcome, PromotionPlan } from './outcome.ts';

/** A promotion for programs: JSON with nothing undefined in it. A field that is not known is absent. */
export function promotionDocument(outcome: PromotionOutcome): Readonly<Record<string, unknown>> {
  const { kind, result, channel, tag, digest, previousDigest, rules, entry, filed, repaired, moved, plan } = outcome;
  const reference = promotedReference(outcome);
  return {
    kind,
    result,
    ...(channel === undefined ? {} : { channel }),
    tag,
    digest,
    ...(reference === undefined ? {} : { reference }),
    ...(previousDigest === undefined ? {} : { previousDigest }),
    rules,
    ...(entry === undefined
      ? {}
      : { record: entry.record, recordDigest: entry.recordDigest, ledgerCommit: entry.commit }),
    ...(filed === undefined ? {} : { statement: { release: filed.group, asset: filed.name } }),
    repaired,
    mountedBlobs: moved.mountedBlobs,
    mountedBytes: moved.mountedBytes,
    copiedBlobs: moved.copiedBlobs,
    copiedBytes: moved.copiedBytes,
    referrers: moved.referrers.map(({ digest: of, artifactType }) =>
      artifactType === undefined ? { digest: of } : { digest: of, artifactType },
    ),
    ...(plan === undefined ? {} : { plan: planDocument(plan) }),
  };
}

/** `host/repository:tag@digest`: what a deployment names. Undefined where it was refused: nothing stands there. */
export function promotedReference({
  result,
  tag,
  digest,
}: Pick<PromotionOutcome, 'result' | 'tag' | 'digest'>): string | undefined {
  return result === 'refused' ? undefined : `${tag}@${digest}`;
}

function planDocument({ copy, record, tag, repairs }: PromotionPlan): Readonly<Record<string, unknown>> {
  return {
    ...(copy === undefined ? {} : { copy: copyDocument(copy) }),
    ...(record === undefined ? {} : { record }),
    ...(tag === undefined ? {} : { tag: tag.from === undefined ? { to: tag.to } : { from: tag.from, to: tag.to } }),
    repairs,
  };
}

function copyDocument({ blobs, manifests, referrers, legacyTags }: CopyPlan): Readonly<Record<string, unknown>> {
  return {
    blobs: blobs.map(({ descriptor, action }) => ({ digest: descriptor.digest, size: descriptor.size, action })),
    manifests: manifests.map(({ descriptor, action }) => ({
      digest: descriptor.digest,
      mediaType: descriptor.mediaType,
      action,
    })),
    referrers: referrers.map(({ descriptor, subject, action }) => ({
      digest: descriptor.digest,
      ...(descriptor.artifactType === undefined ? {} : { artifactType: descriptor.artifactType }),
      subject,
      action,
    })),
    legacyTags,
  };
}

/** What a plan would move, counted. */
export interface CopySums {
  readonly mount: { readonly blobs: number; readonly bytes: number };
  readonly copy: { readonly blobs: number; readonly bytes: number };
  readonly manifests: number;
  readonly referrers: number;
}

export function copySums({ blobs, manifests, referrers }: CopyPlan): CopySums {
  const sum = (action: 'mount' | 'copy') => {
    const taken = blobs.filter((each) => each.action === action);
    return { blobs: taken.length, bytes: taken.reduce((bytes, { descriptor }) => bytes + descriptor.size, 0) };
  };
  return {
    mount: sum('mount'),
    copy: sum('copy'),
    manifests: manifests.filter(({ action }) => action === 'put').length,
    referrers: referrers.filter(({ action }) => action === 'attach').length,
  };
}
