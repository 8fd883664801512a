import { buildFiledAs } from '@waybill/core/image';
import { statementName } from '@waybill/core/intoto';
import { findingLines } from '../channel/index.ts';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { RELEASES_OPTIONS, type Session } from '../session/index.ts';
import { filedExitCode, loadFiled, REF_OPTIONS } from './load-filed.ts';
import { CHOICE_OPTIONS, loadRecords } from './load-records.ts';

const NAME = 'record show';

export const show: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'show the records of builds, whole',
    about: ['With --releases, as they are filed there: each is judged before it is shown, and what is wrong is told.'],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: { ...CHOICE_OPTIONS, ...REF_OPTIONS, ...RELEASES_OPTIONS },
    examples: [
      { line: 'waybill record show ghcr.io/octo-org/app --commit "$COMMIT"', what: 'of a commit' },
      { line: 'waybill record show ghcr.io/octo-org/app@sha256:0123…cdef --json', what: 'of a digest, for a program' },
      {
        line: 'waybill record show ghcr.io/octo-org/app@sha256:0123…cdef --releases release://octo-org/app --ref main',
        what: 'as it is filed; not one of a pull request',
      },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'there is no such record',
      [ExitCode.failed]: 'the records or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read, or is not what was filed',
      [ExitCode.refused]: 'of what is filed nothing may be taken for this commit, this ref',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print } = session;
    const filed = await loadFiled(NAME, text, values, session);
    if (filed !== undefined) {
      const records = filed.taken.map(({ record, statement }) => ({
        records: filed.shown,
        release: statement.place.group,
        asset: statement.place.name,
        record,
      }));
      print.result({ image: filed.image, records, findings: filed.findings }, [
        ...records.map((each) => JSON.stringify(each.record, null, 2)),
        ...findingLines(filed.findings),
      ]);
      if (records.length === 0) print.info(`no build of ${text} is filed in ${filed.shown} that may be taken`);
      return filedExitCode(filed);
    }
    const { image, found } = await loadRecords(NAME, text, values, session);
    const records = found.map(({ record, place }) => ({
      records: place.shown,
      // It follows from the record, whether it is filed or not.
      asset: statementName(buildFiledAs(record).name),
      record,
    }));
    print.result(
      { image, records },
      records.map((each) => JSON.stringify(each.record, null, 2)),
    );
    if (found.length > 0) return ExitCode.done;
    print.info(`no such build of ${text} is recorded`);
    return ExitCode.notFound;
  },
);
