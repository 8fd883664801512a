export { getDigest } from './get-digest.ts';
export { history } from './history.ts';
export { promote } from './promote.ts';
export { readCommit, readPlace } from './read-image-words.ts';
export { recordArtifact } from './record-artifact.ts';
export { recordDocument, recordLines } from './record-table.ts';
export { rollback } from './rollback.ts';
export { outcomeExitCode, outcomeLines } from './show-outcome.ts';
export { validateDigest } from './validate-digest.ts';
