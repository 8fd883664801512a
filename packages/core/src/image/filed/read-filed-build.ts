import type { IoOptions } from '../../content/index.ts';
import { errorCode, errorMessage } from '../../errors/index.ts';
import { type FiledStatement, parseStatement, type StatementLog } from '../../intoto/index.ts';
import { type BuildRecord, parseBuildRecord } from '../../ledger/index.ts';
import { hexOf } from '../../oci/index.ts';
import { type Finding, filedFinding } from '../../verify/index.ts';
import { BUILD_PREDICATE_TYPE } from '../obtain/build-statement.ts';

/** What is filed under a name that says that it is the statement of a build. */
export type FiledBuild =
  | { readonly kind: 'build'; readonly record: BuildRecord; readonly bytes: Uint8Array }
  /** Of a build, and by something else than Waybill, or signed: nothing that is judged here. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly finding: Finding };

/**
 * Reads a filed statement, and believes nothing: its bytes must be those of its name, its subject the digest of its name, and
 * the record in it of that digest too. That it is what the ledger has is another question.
 * @throws what the log throws save `STATEMENT_CORRUPT`, `STATEMENT_UNKNOWN`
 */
export async function readFiledBuild(
  { place, subject, format }: FiledStatement,
  log: StatementLog,
  io: IoOptions = {},
): Promise<FiledBuild> {
  const { name } = place;
  const refused = (code: Parameters<typeof filedFinding>[0], message: string, more = {}): FiledBuild => ({
    kind: 'refused',
    finding: filedFinding(code, { subject: name, message, ...more }),
  });
  let bytes: Uint8Array;
  try {
    bytes = await log.read(place, io);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'STATEMENT_CORRUPT') return refused('asset-replaced', errorMessage(error));
    if (code === 'STATEMENT_UNKNOWN') return refused('asset-missing', errorMessage(error));
    throw error;
  }
  // The bytes are those of the name; what a bundle says, its signature decides.
  if (format === 'bundle') return { kind: 'other' };
  try {
    const { subject: subjects, predicateType, predicate } = parseStatement(bytes);
    if (!subjects.some(({ digest }) => digest['sha256'] === hexOf(subject))) {
      const found = subjects.map(({ digest }) => `sha256:${digest['sha256']}`).join(', ');
      return refused('subject-mismatch', 'the statement is about another digest', { expected: subject, found });
    }
    if (predicateType !== BUILD_PREDICATE_TYPE) return { kind: 'other' };
    const record = recordIn(predicate, name);
    if (record.digest !== subject) {
      const about = { expected: subject, found: record.digest };
      return refused('subject-mismatch', 'the record in it is of another digest', about);
    }
    return { kind: 'build', record, bytes };
  } catch (error) {
    if (!['STATEMENT_INVALID', 'RECORD_INVALID', 'RECORD_NEWER'].includes(errorCode(error) ?? '')) throw error;
    return refused('asset-invalid', errorMessage(error));
  }
}

/** @throws WaybillError `RECORD_INVALID` (integrity), `RECORD_NEWER` (user) */
function recordIn(predicate: unknown, name: string): BuildRecord {
  const record = typeof predicate === 'object' && predicate !== null && 'record' in predicate ? predicate.record : null;
  return parseBuildRecord(new TextEncoder().encode(JSON.stringify(record)), `the record in ${name}`);
}
