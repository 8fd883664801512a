import type { IoOptions } from '../../content/index.ts';
import type { Registry } from '../../registry/index.ts';
import { type PromotionClaim, readStatement } from './attach-statement.ts';
import { promotionSequence } from './promotion-tag.ts';

export interface ChannelOf {
  readonly image: string;
  readonly channel: string;
}

/** The numbers of all promotions of a channel of which the repository has a tag, in their order: a request a page of tags. */
export async function listStatements(registry: Registry, of: ChannelOf, io: IoOptions): Promise<readonly number[]> {
  const found = new Set<number>();
  for await (const page of registry.tags(io)) {
    for (const tag of page) {
      const sequence = promotionSequence(of.image, of.channel, tag);
      if (sequence !== undefined) found.add(sequence);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The first statement of a promotion past this number, however far past; undefined where there is none. */
export async function findStatementPast(
  registry: Registry,
  of: ChannelOf & { readonly sequence: number },
  io: IoOptions,
): Promise<PromotionClaim | undefined> {
  for (const sequence of await listStatements(registry, of, io)) {
    if (sequence <= of.sequence) continue;
    const claim = await readStatement(registry, { ...of, sequence }, io);
    if (typeof claim === 'object') return claim;
  }
  return undefined;
}
