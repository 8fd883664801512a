import { type LedgerAccessOptions, ledgerAccess, openGitRefStore } from '../git/index.ts';
import { createLedger } from '../ledger/index.ts';
import type { BuildLookUp } from './resolve-image.ts';

/** The records of builds in a git repository, to be read. Nothing is asked before it is used. @throws WaybillError `GIT_REMOTE_INVALID` (user) */
export function openRecords(options: LedgerAccessOptions): BuildLookUp {
  return createLedger(openGitRefStore(ledgerAccess(options))).builds;
}
