import { type Sleep, withDeadline } from '../async/index.ts';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { StatementLog } from '../intoto/index.ts';
import { isRetryable } from './github-error.ts';
import type { DeploymentRecords } from './open-deployment-records.ts';

export interface BestEffortOptions {
  readonly sleep: Sleep;
  /** Milliseconds that one piece of work may take. Default 30,000. */
  readonly ms?: number;
}

/** What a step does at GitHub where it can, and goes on without. One for all of a step's. */
export interface BestEffort {
  /**
   * What `work` gives.
   * @param what for people: `a record in release://octo-org/app`
   * @param needs what is asked of the token: where it may not do that once, it is not asked for it again
   * @throws WaybillError `DEADLINE_EXCEEDED` (remote) past the time; `NOT_TRIED_AGAIN` (remote), at once, where GitHub failed
   *   before, or refused what `needs` says; what `work` throws
   */
  run<T>(
    about: { readonly what: string; readonly needs: string },
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T>;
}

/** The first of a month makes its release, which takes some eight writes, a second apart. */
const WORK_MS = 30_000;

export function createBestEffort({ sleep, ms = WORK_MS }: BestEffortOptions): BestEffort {
  let down: unknown;
  const refused = new Map<string, unknown>();
  return {
    async run({ what, needs }, work, signal) {
      const before = down ?? refused.get(needs);
      if (before !== undefined) throw notTriedAgain(what, before);
      try {
        return await withDeadline(ms, work, { what, sleep, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        if (isRetryable(error) || errorCode(error) === 'DEADLINE_EXCEEDED') down = error;
        else if (error instanceof WaybillError && error.kind === 'user') refused.set(needs, error);
        throw error;
      }
    },
  };
}

/** The log, whose filing may be left undone. */
export function bestEffortLog(log: StatementLog, effort: BestEffort): StatementLog {
  return {
    ...log,
    append: (bytes, facts, options) =>
      effort.run(
        { what: 'filing a record', needs: 'file' },
        (signal) => log.append(bytes, facts, { signal }),
        options?.signal,
      ),
    find: (name, at, options) =>
      effort.run(
        { what: 'looking for a record', needs: 'find' },
        (signal) => log.find(name, at, { signal }),
        options?.signal,
      ),
  };
}

/** Deployment records, which may be left undone. */
export function bestEffortDeployments(deployments: DeploymentRecords, effort: BestEffort): DeploymentRecords {
  return {
    record: (facts, io) =>
      effort.run(
        { what: 'a deployment record', needs: 'deployments' },
        (signal) => deployments.record(facts, { signal }),
        io?.signal,
      ),
  };
}

function notTriedAgain(what: string, cause: unknown): WaybillError {
  return new WaybillError('NOT_TRIED_AGAIN', `${what} was not tried after this: ${errorMessage(cause)}`, {
    kind: 'remote',
    cause,
  });
}
