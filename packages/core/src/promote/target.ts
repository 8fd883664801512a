import { errorMessage, WaybillError } from '../errors/index.ts';
import { formatReference, parseReference, type Reference } from '../oci/index.ts';

/** Where a digest shall go: a channel of its image by name, or any tag. */
export type Target =
  | { readonly kind: 'channel'; readonly name: string }
  | { readonly kind: 'tag'; readonly to: Reference & { readonly tag: string } };

/** As the configuration file's schema has it: a channel's name may be its tag. */
const CHANNEL = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * The target that `text` names: with a `/` or a `:` it is `HOST/REPOSITORY:TAG`, else a channel.
 * @throws WaybillError `TARGET_INVALID` (user)
 */
export function parseTarget(text: string): Target {
  if (!/[/:]/.test(text)) {
    if (CHANNEL.test(text)) return { kind: 'channel', name: text };
    throw invalid(text, 'it is no name of a channel');
  }
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw invalid(text, errorMessage(error));
  }
  const { host, repository, tag, digest } = reference;
  if (digest !== undefined) throw invalid(text, 'it has a digest, and the digest is that of the image');
  if (tag === undefined) throw invalid(text, 'it has no tag');
  return { kind: 'tag', to: { host, repository, tag } };
}

/** The text that {@link parseTarget} reads. */
export function formatTarget(target: Target): string {
  return target.kind === 'channel' ? target.name : formatReference(target.to);
}

function invalid(text: string, why: string): WaybillError {
  return new WaybillError('TARGET_INVALID', `${JSON.stringify(text)}: ${why}`, {
    kind: 'user',
    hint: 'Accepted: the name of a channel, or HOST/REPOSITORY:TAG. Example: production',
  });
}
