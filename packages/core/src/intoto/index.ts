export {
  checkFiled,
  type Filing,
  fileStatement,
  matches,
  monthOf,
  statementConflict,
  statementUnknown,
} from './filing.ts';
export { createMemoryStatementLog, type MemoryStatements } from './memory-statement-log.ts';
export { SNAPSHOT_PREDICATE_TYPE, type SnapshotPredicate, snapshotStatement } from './snapshot-predicate.ts';
export {
  encodeStatement,
  parseStatement,
  STATEMENT_MEDIA_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type Subject,
} from './statement.ts';
export type {
  AppendedStatement,
  FiledStatement,
  LogOptions,
  StatementAddress,
  StatementFacts,
  StatementFilter,
  StatementLog,
  StatementPlace,
} from './statement-log.ts';
export {
  fingerprintOf,
  nameOfFiled,
  PREDICATE_WORDS,
  type PredicateWord,
  parseStatementName,
  type StatementFormat,
  type StatementName,
  statementName,
} from './statement-name.ts';
export {
  assertFiling,
  type FiledRecord,
  type FileRecordOptions,
  fileRecord,
  type RecordsLog,
  type StatementRecords,
} from './statement-records.ts';
