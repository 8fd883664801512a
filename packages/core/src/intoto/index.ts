export { SNAPSHOT_PREDICATE_TYPE, type SnapshotPredicate, snapshotStatement } from './snapshot-predicate.ts';
export {
  encodeStatement,
  parseStatement,
  STATEMENT_MEDIA_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type Subject,
} from './statement.ts';
