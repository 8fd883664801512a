import type { IoOptions } from '../content/index.ts';
import { EMPTY_DESCRIPTOR, EMPTY_JSON } from '../oci/index.ts';
import type { Place, PromoteDeps } from './deps.ts';
import { openSide, type Side } from './side.ts';

/** Where a digest comes from and where it goes. */
export interface Sides {
  readonly source: Side;
  /** The very same object where both are one repository. */
  readonly target: Side;
}

export function openSides(from: Place, to: Place, { openRegistry }: Pick<PromoteDeps, 'openRegistry'>): Sides {
  const target = openSide(openRegistry(to, 'push'));
  const isSame = from.host === to.host && from.repository === to.repository;
  return { source: isSame ? target : openSide(openRegistry(from, 'pull')), target };
}

/**
 * Finds out whether the registry takes anything from us, where it has not yet: by the two bytes that an attached statement
 * needs in any case. So that a token that may only read is known before the ledger says what the tag cannot follow.
 */
export async function assertWritable(registry: Side, io: IoOptions): Promise<void> {
  if (!registry.hasTaken()) await registry.blobs.push(EMPTY_DESCRIPTOR, EMPTY_JSON, io);
}

/** `host/repository` of a place. */
export function imageName({ host, repository }: Place): string {
  return `${host}/${repository}`;
}
