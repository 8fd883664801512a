import { errorMessage, redact } from '../errors/index.ts';
import { type Digest, isDigest, parseReference, type Reference } from '../oci/index.ts';
import type { InputReader } from './input-reader.ts';

/** The image that a step is about, as its inputs name it. */
export type ImageInput = {
  /** `host[:port]` and the repository. */
  readonly place: { readonly host: string; readonly repository: string };
} & (
  | {
      readonly kind: 'digest';
      readonly digest: Digest;
      /** The commit that the caller says it was built from. */
      readonly commit: string | undefined;
    }
  /** The digest is the one that was recorded for the commit. */
  | { readonly kind: 'commit'; readonly commit: string }
  /** Only where tags are taken. */
  | { readonly kind: 'tag'; readonly tag: string }
);

/** The names of the inputs. */
export interface ImageInputNames {
  readonly reference: string;
  readonly image: string;
  readonly digest: string;
  readonly commit: string;
}

const EXAMPLE = `ghcr.io/octo-org/app@sha256:${'0123456789abcdef'.repeat(4)}`;
const NO_IMAGE: ImageInput = { kind: 'tag', place: { host: '', repository: '' }, tag: '' };
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The image in one of three ways: `reference` alone, `image` and `digest`, `image` and `commit`; `commit` beside a digest
 * says what it was built from. A digest may be written without `sha256:`. What is wrong is left with the reader.
 * @param allowTag whether a tag will do in place of a digest
 */
export function readImage(
  reader: InputReader,
  names: ImageInputNames,
  { allowTag }: { readonly allowTag: boolean },
): ImageInput {
  const given = {
    reference: reader.text(names.reference),
    image: reader.text(names.image),
    digest: reader.text(names.digest),
    commit: reader.text(names.commit),
  };
  const accepted = `\`${names.reference}\`, or \`${names.image}\` with \`${names.digest}\`, or \`${names.image}\` with \`${names.commit}\``;
  const commit = given.commit === '' ? undefined : readCommit(given.commit);
  if (given.reference !== '') {
    for (const name of ['image', 'digest'] as const) {
      if (given[name] !== '')
        reader.reject({
          name: names[name],
          value: given[name],
          why: `${names.reference} is given too`,
          accepted: `one of ${accepted}`,
        });
    }
    return byReference(commit);
  }
  if (given.image === '') {
    const name = given.digest !== '' || given.commit !== '' ? names.image : names.reference;
    reader.reject({
      name,
      value: '',
      accepted,
      example: name === names.image ? 'ghcr.io/octo-org/app' : EXAMPLE,
    });
    return NO_IMAGE;
  }
  const place = readRepository(reader, names.image);
  if (place === undefined) return NO_IMAGE;
  if (given.digest !== '') {
    const digest = readDigest(given.digest);
    return digest === undefined ? NO_IMAGE : { kind: 'digest', place, digest, commit };
  }
  if (commit !== undefined) return { kind: 'commit', place, commit };
  if (given.commit === '') {
    reader.reject({
      name: names.digest,
      value: '',
      why: 'nothing says which image it is',
      accepted: `\`${names.digest}\` or \`${names.commit}\` with \`${names.image}\``,
      example: `sha256:${'0123456789abcdef'.repeat(4)}`,
    });
  }
  return NO_IMAGE;

  function byReference(of: string | undefined): ImageInput {
    const reference = parse(reader, names.reference, 'HOST/REPOSITORY@DIGEST', EXAMPLE);
    if (reference === undefined) return NO_IMAGE;
    const { host, repository, tag, digest } = reference;
    const place = { host, repository };
    if (digest !== undefined) return { kind: 'digest', place, digest, commit: of };
    if (allowTag && tag !== undefined) return { kind: 'tag', place, tag };
    reader.reject({
      name: names.reference,
      value: given.reference,
      why: tag === undefined ? 'it names no digest' : 'a tag may be moved at any time',
      accepted: '`HOST/REPOSITORY@DIGEST`',
      example: EXAMPLE,
    });
    return NO_IMAGE;
  }

  function readDigest(value: string): Digest | undefined {
    const text = /^[0-9a-f]{64}$/i.test(value) ? `sha256:${value.toLowerCase()}` : value;
    if (isDigest(text)) return text;
    reader.reject({
      name: names.digest,
      value,
      accepted: '`sha256:` and 64 lower-case hex characters',
      example: `sha256:${'0123456789abcdef'.repeat(4)}`,
    });
    return undefined;
  }

  function readCommit(value: string): string | undefined {
    const text = value.toLowerCase();
    if (COMMIT.test(text)) return text;
    reader.reject({
      name: names.commit,
      value,
      accepted: 'a whole commit: 40 (or 64) hex characters',
      example: '${{ github.sha }}',
    });
    return undefined;
  }
}

/** `host/repository`, without tag and digest. Undefined where it is wrong, which is left with the reader. */
export function readRepository(
  reader: InputReader,
  name: string,
): { readonly host: string; readonly repository: string } | undefined {
  const reference = parse(reader, name, 'HOST/REPOSITORY', 'ghcr.io/octo-org/app');
  if (reference === undefined) return undefined;
  const { host, repository, tag, digest } = reference;
  if (tag === undefined && digest === undefined) return { host, repository };
  reader.reject({
    name,
    value: reader.text(name),
    why: digest === undefined ? 'it has a tag' : 'it has a digest',
    accepted: '`HOST/REPOSITORY` without tag and digest',
    example: `${host}/${repository}`,
  });
  return undefined;
}

function parse(reader: InputReader, name: string, accepted: string, example: string): Reference | undefined {
  const value = reader.text(name);
  try {
    return parseReference(value);
  } catch (error) {
    // `github.repository` keeps the case of its owner, and expressions cannot change it.
    const lower = value.toLowerCase();
    const why = lower !== value && isReference(lower) ? `a repository is in lower case: ${lower}` : errorMessage(error);
    reader.reject({ name, value: redact(value), why, accepted: `\`${accepted}\``, example });
    return undefined;
  }
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
