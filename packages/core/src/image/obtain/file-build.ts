import { WaybillError } from '../../errors/index.ts';
import {
  fileRecord,
  nameOfFiled,
  type StatementAddress,
  type StatementFacts,
  type StatementName,
} from '../../intoto/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import type { FoundRecord } from '../records/record-places.ts';
import { encodeBuildStatement, encodeReuseStatement, type Reuse } from './build-statement.ts';
import type { ImageDeps } from './image-request.ts';

type FilingDeps = Pick<ImageDeps, 'statements' | 'log' | 'signal'>;

/** The name of a filed statement, and the time that it is filed by. */
export interface FiledAs {
  readonly name: StatementName;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the statement of a build is filed as: all of it follows from the record. */
export function buildFiledAs(record: BuildRecord): FiledAs {
  const facts = factsOfBuild(record);
  return { name: nameOfFiled(encodeBuildStatement(record), facts), at: facts.at };
}

/** What the statement of a build is filed with. */
export function factsOfBuild({ digest, image, commit, recordedAt }: BuildRecord): StatementFacts {
  const label = `build of ${image}${commit === undefined ? '' : ` from ${commit.slice(0, 12)}`}`;
  return { subject: digest, predicate: 'provenance', at: Date.parse(recordedAt), label };
}

/** Files what was recorded just now. @throws WaybillError `RECORDS_NOT_FILED` where it has to be filed */
export async function fileBuild(
  record: BuildRecord,
  { statements, log, signal }: FilingDeps,
  maybeThere = false,
): Promise<StatementAddress | undefined> {
  if (statements === undefined) return undefined;
  const options = { log, maybeThere, ...(signal === undefined ? {} : { signal }) };
  return (await fileRecord(statements, encodeBuildStatement(record), factsOfBuild(record), options))?.place;
}

/**
 * Files what an earlier run recorded and did not come to file. Not what stands in tags: whoever may write a package would
 * speak in the name of those who may write the repository. Where nothing has to be filed, a run that may not do it says so
 * in its log alone.
 * @throws WaybillError `RECORDS_NOT_FILED` where it has to be filed
 */
export async function fileAdopted(
  { record, place }: FoundRecord,
  { statements, log, signal }: FilingDeps,
): Promise<StatementAddress | undefined> {
  if (statements === undefined) return undefined;
  const { required, shown } = statements;
  const io = signal === undefined ? {} : { signal };
  if (place.guarantee === 'atomic') {
    const quiet = { notice: (text: string) => log.info(text), warning: (text: string) => log.info(text) };
    return fileBuild(record, { statements, log: required ? log : { ...log, ...quiet }, ...io }, true);
  }
  if (!required) return undefined;
  const { name, at } = buildFiledAs(record);
  const filed = await statements.log.find(name, at, io);
  if (filed !== undefined) return filed;
  throw new WaybillError('RECORDS_NOT_FILED', `the provenance of ${record.digest} is not filed in ${shown}`, {
    kind: 'user',
    hint: `Its record stands in ${place.shown}, where whoever may write packages may write, and is not filed in the name of the repository. Give the job that builds \`contents: write\`, so that it records in the ledger, or use \`records: auto\`.`,
  });
}

/** Files that another commit has the image too. @throws WaybillError `RECORDS_NOT_FILED` where it has to be filed */
export async function fileReuse(reuse: Reuse, { statements, log, signal }: FilingDeps): Promise<void> {
  if (statements === undefined) return;
  const label = `${reuse.record.image} reused for ${reuse.commit.slice(0, 12)}`;
  const facts = { subject: reuse.record.digest, predicate: 'reuse', at: Date.parse(reuse.reusedAt), label } as const;
  const options = { log, ...(signal === undefined ? {} : { signal }) };
  await fileRecord(statements, encodeReuseStatement(reuse), facts, options);
}
