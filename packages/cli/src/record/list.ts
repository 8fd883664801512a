import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { type Column, formatTable, oneLine } from '../terminal/index.ts';
import { CHOICE_OPTIONS, loadRecords } from './load-records.ts';

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
    about: [],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: {
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      ...CHOICE_OPTIONS,
    },
    examples: [
      { line: 'waybill record list ghcr.io/octo-org/app', what: 'all of them' },
      { line: 'waybill record list ghcr.io/octo-org/app --commit "$COMMIT"', what: 'of a commit, reused ones too' },
    ],
    exitCodes: {
      [ExitCode.done]: 'listed, were there any or none',
      [ExitCode.failed]: 'the records or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print } = session;
    const { image, found } = await loadRecords(NAME, text, values, session);
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
    const records = taken.map(({ record, place }) => ({ ...record, records: place.shown }));
    print.result(
      { image, total: found.length, records },
      titles === undefined ? [] : [print.style.bold(titles), ...rows],
    );
    if (found.length === 0) print.info(`no build of ${text} is recorded`);
    return ExitCode.done;
  },
);
