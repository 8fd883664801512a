export {
  describeStatementLog,
  factsOf,
  listAll,
  type StatementLogUnderTest,
  statementAbout,
  subjectOf,
} from './describe-statement-log.ts';
