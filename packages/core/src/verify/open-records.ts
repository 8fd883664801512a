import { imageRuleOf } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import { createLedger } from '../ledger/index.ts';
import { CONFIG_DEFAULT, type Repositories, readConfig } from '../repository/index.ts';
import type { BuildLookUp } from './resolve-image.ts';

/**
 * The records of builds in a repository, to be read. Nothing is asked before it is used.
 * @param ledger a path or an address
 * @throws WaybillError `GIT_REMOTE_INVALID`, `GITHUB_URL_INVALID` (user)
 */
export function openRecords(repositories: Pick<Repositories, 'open'>, ledger: string): BuildLookUp {
  return createLedger(repositories.open(ledger).refs).builds;
}

/** Whether the configuration in the default branch of that repository has `adopt: any` for the image. @throws as reading it does */
export async function sharesPullRequests(
  { host, repository }: { readonly host: string; readonly repository: string },
  {
    repositories,
    ledger,
  }: { readonly repositories: Pick<Repositories, 'open' | 'addressOf'>; readonly ledger: string },
  io: IoOptions,
): Promise<boolean> {
  const read = await readConfig(CONFIG_DEFAULT, { repositories, ledger: repositories.open(ledger) }, io);
  return imageRuleOf(read?.config, `${host}/${repository}`)?.adopt === 'any';
}
