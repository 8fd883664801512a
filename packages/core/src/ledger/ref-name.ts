import { createHash } from 'node:crypto';
import { type CommitId, REF_ROOT } from '../content/index.ts';
import { type Digest, hexOf } from '../oci/index.ts';

const MAX_COMPONENT = 100;
const TAIL = 12;

/**
 * A name as one component of a ref: the bytes of its UTF-8 outside `[a-z0-9-]` as `_` and two hex digits. What is longer
 * than 100 is cut to 86, and ends in `__` and 12 hex of the sha256 of the name, so that no name that is not cut reads like
 * one that is. Two names give one component only where these 48 bits collide: the true names stand in the records.
 * @throws RangeError for the empty name
 */
export function refComponent(name: string): string {
  if (name === '') throw new RangeError('a name in a ref cannot be empty');
  const bytes = Buffer.from(name, 'utf8');
  const escaped = Array.from(bytes, (byte) => (isPlain(byte) ? String.fromCharCode(byte) : hex(byte))).join('');
  if (escaped.length <= MAX_COMPONENT) return escaped;
  const tail = createHash('sha256').update(bytes).digest('hex').slice(0, TAIL);
  return `${escaped.slice(0, MAX_COMPONENT - TAIL - 2)}__${tail}`;
}

export const CHANNELS = `${REF_ROOT}channel/`;

export function channelRef(image: string, channel: string): string {
  return `${CHANNELS}${refComponent(image)}/${refComponent(channel)}`;
}

/** What the refs of an image's channels start with. */
export function channelPrefix(image: string): string {
  return `${CHANNELS}${refComponent(image)}/`;
}

export function buildRef(image: string, identity: string): string {
  return `${REF_ROOT}build/${refComponent(image)}/${refComponent(identity)}`;
}

/** What the refs of an image's builds start with; their last component is the identity. */
export function buildPrefix(image: string): string {
  return `${REF_ROOT}build/${refComponent(image)}/`;
}

/** What the refs of a commit's builds start with; their last component is the identity. */
export function commitPrefix(image: string, commit: CommitId): string {
  return `${REF_ROOT}commit/${refComponent(image)}/${refComponent(commit)}/`;
}

/** What the refs of a digest's builds start with; their last component is the identity. */
export function digestPrefix(image: string, digest: Digest): string {
  return `${REF_ROOT}digest/${refComponent(image)}/${hexOf(digest)}/`;
}

function isPlain(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d;
}

function hex(byte: number): string {
  return `_${byte.toString(16).padStart(2, '0')}`;
}
