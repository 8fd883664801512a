import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { CHOICE_OPTIONS, loadRecords } from './load-records.ts';

const NAME = 'record show';

export const show: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'show the records of builds, whole',
    about: [],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: CHOICE_OPTIONS,
    examples: [
      { line: 'waybill record show ghcr.io/octo-org/app --commit "$COMMIT"', what: 'of a commit' },
      { line: 'waybill record show ghcr.io/octo-org/app@sha256:0123…cdef --json', what: 'of a digest, for a program' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'there is no such record',
      [ExitCode.failed]: 'the records or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print } = session;
    const { image, found } = await loadRecords(NAME, text, values, session);
    const records = found.map(({ record, place }) => ({ records: place.shown, record }));
    print.result(
      { image, records },
      records.map((each) => JSON.stringify(each.record, null, 2)),
    );
    if (found.length > 0) return ExitCode.done;
    print.info(`no such build of ${text} is recorded`);
    return ExitCode.notFound;
  },
);
