import { errorMessage } from '@waybill/core/errors';
import type { BuildRecord, ChannelEntry } from '@waybill/core/ledger';
import type { PromotionSite } from '@waybill/core/promote';
import { openCopy, type Session } from '../session/index.ts';

export interface SeenRecords {
  readonly builds?: readonly BuildRecord[];
  readonly entries?: readonly ChannelEntry[];
}

/**
 * Adds what the ledger has taken to the local copy. The ledger has it by then, so a copy that cannot be written is a
 * warning: an error would have a script do again what is done.
 */
export async function rememberRecords(
  session: Session,
  values: Parameters<typeof openCopy>[1],
  site: Pick<PromotionSite, 'openLedger'>,
  seen: SeenRecords,
): Promise<void> {
  const { print, signal } = session;
  try {
    const { shown: ledger } = await site.openLedger({ signal });
    await openCopy(session, values).remember({ ...seen, ledger });
  } catch (error) {
    print.warning(`the ledger has the record, the local copy has not: ${errorMessage(error)}`);
  }
}
