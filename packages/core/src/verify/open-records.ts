import { createLedger } from '../ledger/index.ts';
import type { Repositories } from '../repository/index.ts';
import type { BuildLookUp } from './resolve-image.ts';

/**
 * The records of builds in a repository, to be read. Nothing is asked before it is used.
 * @param ledger a path or an address
 * @throws WaybillError `GIT_REMOTE_INVALID`, `GITHUB_URL_INVALID` (user)
 */
export function openRecords(repositories: Pick<Repositories, 'open'>, ledger: string): BuildLookUp {
  return createLedger(repositories.open(ledger).refs).builds;
}
