import type { ImageOutcome } from '@waybill/core/image';
import { formatFields } from '../terminal/index.ts';

/** What came of an image, for programs. */
export function outcomeDocument(outcome: ImageOutcome): Readonly<Record<string, unknown>> {
  const { result, image, digest, imageId, identity, commit, record, place, tags } = outcome;
  return {
    image,
    result,
    digest,
    reference: digest === undefined ? undefined : `${image}@${digest}`,
    imageId: imageId === '' ? undefined : imageId,
    identity,
    commit,
    tags,
    records: place?.shown,
    guarantee: place?.guarantee,
    record,
  };
}

/** The same for people. */
export function outcomeLines({
  result,
  image,
  digest,
  identity,
  commit,
  place,
  tags,
}: ImageOutcome): readonly string[] {
  return formatFields([
    ['image', digest === undefined ? image : `${image}@${digest}`],
    ['result', result],
    ['commit', commit],
    ['identity', identity.slice(0, 12)],
    ['tags', tags.length === 0 ? undefined : tags.join(', ')],
    ['records', place && `${place.shown}${place.guarantee === 'hint' ? ' (a hint)' : ''}`],
  ]);
}
