import { WaybillError } from '../errors/index.ts';
import { type Digest, isDigest } from './digest.ts';

/** Where something is in a registry: `host[:port]/repository[:tag][@digest]`. */
export interface Reference {
  /** Host name or address, with the port where one was given; `[::1]:5000` for IPv6. Lower case. */
  readonly host: string;
  /** As in `/v2/<repository>/`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** distribution-spec 1.1, "Pulling manifests". */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::[0-9]{1,5})?$`);

/** Clients limit host and repository together to this, as many registries do. */
const MAX_NAME_LENGTH = 255;

/**
 * The reference that `text` spells. The host is required: nothing is taken to mean Docker Hub.
 * @throws WaybillError `REFERENCE_INVALID` (kind `user`)
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/');
  if (slash <= 0) throw invalid(text, 'no host');
  const host = text.slice(0, slash).toLowerCase();
  if (!isHost(host)) throw invalid(text, `${JSON.stringify(text.slice(0, slash))} is no host`);
  if (!/[.:]/.test(host) && host !== 'localhost') {
    throw invalid(text, `${JSON.stringify(host)} has neither a dot nor a port, so that it may be part of a repository`);
  }
  const [rest = '', digest, ...more] = text.slice(slash + 1).split('@');
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw invalid(text, 'what follows "@" is no sha256 digest');
  }
  const colon = rest.indexOf(':');
  const repository = colon === -1 ? rest : rest.slice(0, colon);
  if (!isRepository(repository)) throw invalid(text, `${JSON.stringify(repository)} is no repository`);
  if (host.length + 1 + repository.length > MAX_NAME_LENGTH) {
    throw invalid(text, `host and repository have more than ${MAX_NAME_LENGTH} characters`);
  }
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `${JSON.stringify(tag)} is no tag`);
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The text that {@link parseReference} reads. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isRepository(text: string): boolean {
  return REPOSITORY.test(text);
}

/** Whether the host (with or without a port) is this machine: `localhost` and below it, 127.0.0.0/8, `[::1]`. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  if (name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || host === '::1') return true;
  const numbers = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(name)?.slice(1);
  return numbers?.every((number) => Number(number) <= 255) ?? false;
}

function isHost(host: string): boolean {
  const [, port] = /:(\d+)$/.exec(host) ?? [];
  return HOST.test(host) && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
}

function invalid(text: string, why: string): WaybillError {
  return new WaybillError('REFERENCE_INVALID', `reference ${JSON.stringify(text)}: ${why}`, {
    kind: 'user',
    hint: 'Accepted: HOST[:PORT]/REPOSITORY[:TAG][@DIGEST], the repository in lower case. Example: ghcr.io/octo-org/app:v1',
  });
}
