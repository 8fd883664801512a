import type { Digest } from '../oci/index.ts';
import type { PredicateWord, StatementFormat, StatementName } from './statement-name.ts';

export interface LogOptions {
  readonly signal?: AbortSignal;
}

/** What is filed with a statement, and how it is found again. */
export interface StatementFacts {
  /** One of the statement's subjects, by sha256. */
  readonly subject: Digest;
  readonly predicate: PredicateWord;
  /**
   * Milliseconds since the epoch: a time that stands in the statement. A log files by months, so that the same statement
   * with another time would be filed a second time.
   */
  readonly at: number;
  /** For people; at most 100 characters are kept, on one line. */
  readonly label: string;
  /** Default: `statement`. */
  readonly format?: StatementFormat;
}

/** What names a filed statement for people and for ever. */
export interface StatementAddress {
  /** The group that it is in: of a release log the release's tag. */
  readonly group: string;
  readonly name: string;
}

/** Where a statement is filed, so that reading it needs no search. */
export interface StatementPlace extends StatementAddress {
  /** A number by which the log finds it at once; another place may have another after a repair. */
  readonly id: number;
}

/** A statement that is filed. Its bytes are not trusted before they are read and judged. */
export interface FiledStatement extends StatementName {
  readonly place: StatementPlace;
  /** Bytes. */
  readonly size: number;
  readonly label: string;
}

export interface AppendedStatement {
  /** `exists`: these very bytes were filed before. */
  readonly outcome: 'appended' | 'exists';
  readonly statement: FiledStatement;
}

export interface StatementFilter {
  readonly subject?: Digest;
  readonly predicate?: PredicateWord;
}

/**
 * Statements that are filed and stay. Integrity comes from signatures and from chains inside the statements, not from the
 * log. One suite, `packages/testing/src/statement-log-suite`, holds for all logs.
 */
export interface StatementLog {
  /**
   * Files the bytes: once, however often they are appended, and by however many at once.
   * @throws WaybillError `STATEMENT_INVALID` (integrity) for bytes that are no statement, `STATEMENT_SUBJECT` (bug) for one
   *   about something else, `STATEMENT_CONFLICT` (integrity) where other bytes stand under the name; the errors of the backend
   */
  append(bytes: Uint8Array, facts: StatementFacts, options?: LogOptions): Promise<AppendedStatement>;
  /**
   * Where the statement of this name is filed, if it is: one question, whatever the log holds. Its bytes are not looked at.
   * @param at the time that it was filed by: see {@link StatementFacts}
   */
  find(name: StatementName, at: number, options?: LogOptions): Promise<StatementAddress | undefined>;
  /**
   * Returns where a statement of this predicate and time would be taken, as far as can be known without filing one. What it
   * needs for that it makes: a release log the release of the month.
   * @throws WaybillError those of `append`
   */
  assertWritable(facts: Pick<StatementFacts, 'predicate' | 'at'>, options?: LogOptions): Promise<void>;
  /** All that fit, each once, in no order. */
  list(filter: StatementFilter, options?: LogOptions): AsyncIterable<FiledStatement>;
  /**
   * The bytes that are filed at this place, as their name says that they are.
   * @throws WaybillError `STATEMENT_UNKNOWN` (remote), `STATEMENT_CORRUPT` (integrity)
   */
  read(place: StatementAddress & Partial<Pick<StatementPlace, 'id'>>, options?: LogOptions): Promise<Uint8Array>;
}
