import { findingLines } from '../channel/index.ts';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { RELEASES_OPTIONS, type Session } from '../session/index.ts';
import { type Column, formatTable, oneLine } from '../terminal/index.ts';
import { filedExitCode, loadFiled, REF_OPTIONS } from './load-filed.ts';
import { CHOICE_OPTIONS, type LoadedRecords, loadRecords } from './load-records.ts';

const NAME = 'record list';
const COLUMNS: readonly Column[] = [
  { title: 'IDENTITY', align: 'left' },
  { title: 'DIGEST', align: 'left' },
  { title: 'COMMIT', align: 'left' },
  { title: 'TARGET', align: 'left' },
  { title: 'PLATFORMS', align: 'left' },
  { title: 'RECORDED', align: 'left' },
  { title: 'RUN', align: 'left' },
];

export const list: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'list the builds of an image that are recorded, the newest first',
    about: ['With --releases, as they are filed there: each is judged before it is listed, and what is wrong is told.'],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: {
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      ...CHOICE_OPTIONS,
      ...REF_OPTIONS,
      ...RELEASES_OPTIONS,
    },
    examples: [
      { line: 'waybill record list ghcr.io/octo-org/app', what: 'all of them' },
      { line: 'waybill record list ghcr.io/octo-org/app --commit "$COMMIT"', what: 'of a commit, reused ones too' },
      {
        line: 'waybill record list ghcr.io/octo-org/app --releases release://octo-org/app',
        what: 'as they are filed, without the ledger',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'listed, were there any or none',
      [ExitCode.failed]: 'the records or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read, or is not what was filed',
      [ExitCode.refused]: 'of what is filed nothing may be taken for this commit, this ref',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print } = session;
    const filed = await loadFiled(NAME, text, values, session);
    const { image, found } =
      filed === undefined
        ? listed(await loadRecords(NAME, text, values, session))
        : { image: filed.image, found: filed.taken.map(({ record }) => ({ record, records: filed.shown })) };
    const taken = values.limit === 0 ? found : found.slice(0, values.limit);
    const [titles, ...rows] = formatTable(
      COLUMNS,
      taken.map(({ record }) => [
        oneLine(record.identity.slice(0, 12)),
        record.digest,
        oneLine(record.commit?.slice(0, 12) ?? '-'),
        oneLine(record.target ?? '-'),
        oneLine(record.platforms?.join(',') ?? '-'),
        oneLine(record.recordedAt),
        oneLine(record.runId ?? '-'),
      ]),
    );
    const records = taken.map((each) => ({ ...each.record, records: each.records }));
    const findings = filed?.findings ?? [];
    print.result({ image, total: found.length, records, ...(filed === undefined ? {} : { findings }) }, [
      ...(titles === undefined ? [] : [print.style.bold(titles), ...rows]),
      ...findingLines(findings),
    ]);
    if (found.length === 0) print.info(`no build of ${text} is recorded`);
    const code = filed === undefined ? ExitCode.done : filedExitCode(filed);
    return code === ExitCode.notFound ? ExitCode.done : code;
  },
);

function listed({ image, found }: LoadedRecords) {
  return { image, found: found.map(({ record, place }) => ({ record, records: place.shown })) };
}
