import type { IoOptions } from '../../content/index.ts';
import type { GitHub } from '../../github/index.ts';
import type { Holder } from './claim.ts';

/**
 * Whether GitHub says that an attempt of a run has ended (`actions: read`). Undefined where it does not say: the run is of another
 * repository, or the token may not ask. Never throws but for an abort: who cannot ask waits.
 */
export function askWhetherEnded(github: GitHub): (holder: Holder, io: IoOptions) => Promise<boolean | undefined> {
  return async ({ repository, runId = '', runAttempt = '1' }, io) => {
    if (repository !== `${github.owner}/${github.repo}` || !/^\d+$/.test(runId) || !/^\d+$/.test(runAttempt))
      return undefined;
    const parameters = { run_id: Number(runId), attempt_number: Number(runAttempt) };
    const route = 'GET /actions/runs/{run_id}/attempts/{attempt_number}';
    try {
      const { value } = await github.rest(route, parameters, statusIn, { needs: 'actions: read', ...io });
      return value === undefined ? undefined : value === 'completed';
    } catch {
      io.signal?.throwIfAborted();
      return undefined;
    }
  };
}

function statusIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'status' in json ? json.status : undefined;
}
