import type { RefStore } from '../content/index.ts';
import { createBuilds } from './builds.ts';
import { createChannels } from './channels.ts';
import type { Ledger } from './ledger.ts';

/** The ledger that these refs are. */
export function createLedger(refs: RefStore): Ledger {
  return {
    channels: createChannels(refs),
    builds: createBuilds(refs),
    assertWritable: (options) => refs.assertWritable(options),
  };
}
