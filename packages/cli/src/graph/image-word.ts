import { parseReference, type Reference } from '@waybill/core/oci';
import type { ManifestRef } from '@waybill/core/registry';
import { seeHelp, usageError } from '../command/index.ts';

/** The image that a word names, `HOST/REPOSITORY@DIGEST` or `HOST/REPOSITORY:TAG`. Of both the digest counts. */
export interface ImageWord {
  readonly place: Pick<Reference, 'host' | 'repository'>;
  readonly ref: ManifestRef;
}

/** @throws WaybillError `REFERENCE_INVALID`, `USAGE` (user) */
export function readImageWord(verb: string, word: string): ImageWord {
  const { host, repository, tag, digest } = parseReference(word);
  const place = { host, repository };
  if (digest !== undefined) return { place, ref: { digest } };
  if (tag !== undefined) return { place, ref: { tag } };
  throw usageError(`waybill ${verb}: ${word} names neither a digest nor a tag`, seeHelp(verb));
}

/** The same, by its digest alone: what a tag points at may be another image a moment later. @throws WaybillError as above */
export function readDigestWord(verb: string, word: string) {
  const { place, ref } = readImageWord(verb, word);
  if ('digest' in ref) return { place, digest: ref.digest };
  throw usageError(
    `waybill ${verb}: ${word} is a tag, which may be moved at any time: HOST/REPOSITORY@sha256:… is needed`,
    `\`waybill tree ${word}\` shows what it points at now.`,
  );
}

/** `host/repository@digest`, or with the tag. */
export function showImage({ host, repository }: ImageWord['place'], ref: ManifestRef): string {
  return `${host}/${repository}${'digest' in ref ? `@${ref.digest}` : `:${ref.tag}`}`;
}
