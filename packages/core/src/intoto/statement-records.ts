import { errorMessage, WaybillError } from '../errors/index.ts';
import type { StatementAddress, StatementFacts, StatementLog } from './statement-log.ts';
import { nameOfFiled } from './statement-name.ts';

/** Where a use case files its statements besides the registry. */
export interface StatementRecords {
  readonly log: StatementLog;
  /** As a person would write it: `release://octo-org/app`. */
  readonly shown: string;
  /** `true`: the work fails where a statement cannot be filed. `false`: that is told, and the work goes on. */
  readonly required: boolean;
}

export interface RecordsLog {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
}

export interface FiledRecord {
  readonly place: StatementAddress;
  /** `exists`: it was filed before. */
  readonly outcome: 'appended' | 'exists';
}

export interface FileRecordOptions {
  readonly log: RecordsLog;
  readonly signal?: AbortSignal;
  /**
   * It may well be filed already: then one question answers for it, and its bytes are not looked at. Default: it is new, and
   * other bytes under its name are an error.
   */
  readonly maybeThere?: boolean;
}

/**
 * Files a statement, once. What keeps it from being filed is told where it is not required: as a notice where somebody has
 * to allow it, which names what is missing, else as a warning; what was told of an earlier one (`NOT_TRIED_AGAIN`) in the log
 * alone.
 * @returns undefined where it is not filed
 * @throws WaybillError `RECORDS_NOT_FILED`, of the kind of its cause, where it is required
 */
export async function fileRecord(
  { log, shown, required }: StatementRecords,
  bytes: Uint8Array,
  facts: StatementFacts,
  { signal, maybeThere = false, ...to }: FileRecordOptions,
): Promise<FiledRecord | undefined> {
  const io = signal === undefined ? {} : { signal };
  try {
    const standing = maybeThere ? await log.find(nameOfFiled(bytes, facts), facts.at, io) : undefined;
    if (standing !== undefined) return { place: standing, outcome: 'exists' };
    const { statement, outcome } = await log.append(bytes, facts, io);
    return { place: statement.place, outcome };
  } catch (error) {
    signal?.throwIfAborted();
    const what = `the ${facts.predicate} of ${facts.subject} is not filed in ${shown}`;
    if (required) throw notFiled(what, error);
    const { kind, hint, code } = aboutOf(error);
    const message = `T${what.slice(1)}: ${errorMessage(error)}${hint === undefined ? '' : `. ${hint}`}`;
    if (code === 'NOT_TRIED_AGAIN') to.log.info(message);
    else if (kind === 'user') to.log.notice(message);
    else to.log.warning(message);
    return undefined;
  }
}

/**
 * Returns where statements may be filed, as far as can be known before one is, or need not be.
 * @throws WaybillError `RECORDS_NOT_FILED` where they are required
 */
export async function assertFiling(
  { log, shown, required }: StatementRecords,
  facts: Pick<StatementFacts, 'predicate' | 'at'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!required) return;
  try {
    await log.assertWritable(facts, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw notFiled(`statements of ${facts.predicate} cannot be filed in ${shown}`, error);
  }
}

function notFiled(what: string, cause: unknown): WaybillError {
  const { kind, hint } = aboutOf(cause);
  return new WaybillError('RECORDS_NOT_FILED', `${what}: ${errorMessage(cause)}`, {
    kind,
    hint: `${hint === undefined ? '' : `${hint} `}Then run the job again: it files what is missing. With \`records: auto\` the step goes on without.`,
    cause,
  });
}

function aboutOf(error: unknown): Pick<WaybillError, 'code' | 'kind' | 'hint'> {
  return error instanceof WaybillError ? error : { code: '', kind: 'bug', hint: undefined };
}
