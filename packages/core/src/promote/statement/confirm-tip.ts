import { errorCode } from '../../errors/index.ts';
import type { ChannelEntry } from '../../ledger/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { PromoteDeps } from '../deps.ts';
import { attachStatement } from './attach-statement.ts';

/**
 * Attaches the statement of the newest record, if it has none, before another record is put on top: its run ended too early,
 * or attached none. A statement past a record without one is not found by a look at the next number. An image that is lost
 * keeps nothing from coming after it.
 */
export async function confirmTip(
  target: Registry,
  tip: ChannelEntry | undefined,
  isWitnessed: boolean,
  { clock, log, signal }: PromoteDeps,
): Promise<void> {
  if (tip === undefined || isWitnessed) return;
  try {
    await attachStatement(target, tip, { clock, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (errorCode(error) !== 'DIGEST_LOST') throw error;
    const { sequence, channel, digest } = tip.record;
    log.warning(`record ${sequence} of ${channel} stays without a statement: ${digest} is no longer there`);
  }
}
