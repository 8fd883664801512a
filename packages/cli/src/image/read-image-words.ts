import { errorMessage } from '@waybill/core/errors';
import { type Digest, isDigest, parseReference } from '@waybill/core/oci';
import type { Place, Source } from '@waybill/core/promote';
import { seeHelp, usageError } from '../command/index.ts';

export const IMAGE_HELP = 'HOST/REPOSITORY@DIGEST; or HOST/REPOSITORY with --digest or --commit';

/** The repository and, where it stands there, the digest. @throws WaybillError `USAGE` */
export function readPlace(verb: string, text: string): { readonly place: Place; readonly digest: Digest | undefined } {
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw usageError(`waybill ${verb}: ${errorMessage(error)}`, seeHelp(verb));
  }
  const { host, repository, tag, digest } = reference;
  if (tag !== undefined && digest === undefined)
    throw usageError(
      `waybill ${verb}: ${JSON.stringify(text)} has a tag, which may be moved at any time`,
      `Name the digest: ${host}/${repository}@sha256:…`,
    );
  return { place: { host, repository }, digest };
}

/** The image in one of three ways. @throws WaybillError `USAGE` */
export function readSource(
  verb: string,
  text: string,
  values: { readonly digest: string | undefined; readonly commit: string | undefined },
): Source {
  const { place, digest: own } = readPlace(verb, text);
  const given = values.digest === undefined ? undefined : readDigest(verb, values.digest);
  if (own !== undefined && given !== undefined && own !== given)
    throw usageError(`waybill ${verb}: --digest is ${given}, the image is ${own}`, seeHelp(verb));
  const commit = values.commit === undefined ? undefined : readCommit(verb, values.commit);
  const digest = own ?? given;
  if (digest !== undefined) return { kind: 'digest', place, digest, commit };
  if (commit !== undefined) return { kind: 'commit', place, commit };
  throw usageError(`waybill ${verb}: nothing says which image of ${text} it is`, `Give ${IMAGE_HELP}.`);
}

/** With or without `sha256:`. @throws WaybillError `USAGE` */
export function readDigest(verb: string, text: string): Digest {
  const whole = /^[0-9a-f]{64}$/i.test(text) ? `sha256:${text.toLowerCase()}` : text;
  if (isDigest(whole)) return whole;
  throw usageError(
    `waybill ${verb}: ${JSON.stringify(text)} is no digest, expected sha256: and 64 hex characters`,
    seeHelp(verb),
  );
}

/** @throws WaybillError `USAGE` */
export function readCommit(verb: string, text: string): string {
  const commit = text.toLowerCase();
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit;
  throw usageError(
    `waybill ${verb}: ${JSON.stringify(text)} is no commit, expected all of its 40 (or 64) hex characters`,
    'Ask git: `git rev-parse HEAD`.',
  );
}
