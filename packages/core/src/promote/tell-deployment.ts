import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { PromoteDeps } from './deps.ts';
import type { PromotionOutcome } from './outcome.ts';

/**
 * Tells what a channel has now, also where it had it already: an earlier run may have failed to. The promotion stands,
 * whatever comes of this.
 */
export async function tellDeployment(
  { result, channel, entry }: PromotionOutcome,
  { deployments, log, signal }: Pick<PromoteDeps, 'deployments' | 'log' | 'signal'>,
): Promise<void> {
  if (deployments === undefined || channel === undefined || entry === undefined) return;
  if (result !== 'promoted' && result !== 'unchanged') return;
  const { image, digest, commit } = entry.record;
  try {
    const io = signal === undefined ? {} : { signal };
    await deployments.record({ name: image, digest, environment: channel, commit }, io);
    log.info(`GitHub has the deployment record of ${image} in ${channel}: ${digest}`);
  } catch (error) {
    signal?.throwIfAborted();
    const hint = error instanceof WaybillError && error.hint !== undefined ? `. ${error.hint}` : '';
    const message = `GitHub was not told that ${channel} has ${digest}: ${errorMessage(error)}${hint}`;
    if (errorCode(error) === 'NOT_TRIED_AGAIN') log.info(message);
    else log.warning(message);
  }
}
