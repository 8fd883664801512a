import type { IoOptions } from '../../content/index.ts';
import type { FiledStatement, StatementLog } from '../../intoto/index.ts';
import { type BuildRecord, isOfAnotherPull } from '../../ledger/index.ts';
import type { Digest } from '../../oci/index.ts';
import { type Finding, filedFinding } from '../../verify/index.ts';
import { readFiledBuild } from './read-filed-build.ts';

/** Whose records are wanted, and for what. */
export interface WantedBuilds {
  /** `host/repository`. */
  readonly image: string;
  readonly digest?: Digest | undefined;
  /** Several of them. */
  readonly digests?: ReadonlySet<Digest> | undefined;
  /** With a digest it is what the record must say; alone it chooses. */
  readonly commit?: string | undefined;
  /** For which ref they are wanted: a pull request's record is taken on its own ref alone. Undefined: records are only looked at. */
  readonly ref?: string | undefined;
}

export interface FiledRecord {
  readonly record: BuildRecord;
  readonly bytes: Uint8Array;
  readonly statement: FiledStatement;
}

export interface FiledBuilds {
  /** What may be taken, in no order. */
  readonly taken: readonly FiledRecord[];
  /** Why the others may not. */
  readonly findings: readonly Finding[];
}

/** The records of an image that are filed: what is wrong with one is a finding, and it is not among them. */
export async function listFiledBuilds(
  wanted: WantedBuilds,
  log: StatementLog,
  io: IoOptions = {},
): Promise<FiledBuilds> {
  const { image, digest, digests, commit } = wanted;
  const taken: FiledRecord[] = [];
  const findings: Finding[] = [];
  const filter = { predicate: 'provenance', ...(digest === undefined ? {} : { subject: digest }) } as const;
  for await (const statement of log.list(filter, io)) {
    if (digests?.has(statement.subject) === false) continue;
    const read = await readFiledBuild(statement, log, io);
    if (read.kind === 'refused') findings.push(read.finding);
    if (read.kind !== 'build' || read.record.image !== image) continue;
    if (digest === undefined && commit !== undefined && read.record.commit !== commit) continue;
    const finding = judgeBuild(read.record, wanted, statement.place.name);
    if (finding === undefined) taken.push({ record: read.record, bytes: read.bytes, statement });
    else findings.push(finding);
  }
  return { taken, findings };
}

/** Why a record is not taken for what is wanted; undefined where it is. */
export function judgeBuild(
  record: BuildRecord,
  wanted: Pick<WantedBuilds, 'commit' | 'ref'>,
  subject: string,
): Finding | undefined {
  const { commit, ref } = record;
  if (wanted.commit !== undefined && commit !== wanted.commit) {
    const message = 'the record is of another commit than the one that it is offered for';
    return filedFinding('commit-mismatch', { subject, message, expected: wanted.commit, found: commit ?? 'none' });
  }
  if (isOfAnotherPull(record, wanted.ref)) {
    const message = 'the record is of a pull request, and is offered elsewhere';
    return filedFinding('ref-mismatch', { subject, message, expected: wanted.ref ?? 'none', found: ref ?? 'none' });
  }
  return undefined;
}
