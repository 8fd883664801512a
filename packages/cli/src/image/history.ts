import { type ChannelEntry, channelRef, type LedgerFinding, recordFinding } from '@waybill/core/ledger';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { LEDGER_OPTIONS, type Session } from '../session/index.ts';
import { readPlace } from './read-image-words.ts';
import { recordDocument, recordLines } from './record-table.ts';

const NAME = 'image history';

export const history: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'tell what was promoted where, when and by whom',
    about: ['All channels of an image, the newest record first. With a digest only records of that digest.'],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: {
      channel: { type: 'list', value: 'CHANNEL', help: 'only this channel' },
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill image history ghcr.io/octo-org/app', what: 'everything' },
      {
        line: 'waybill image history ghcr.io/octo-org/app --channel production --limit 10',
        what: 'the last ten of a channel',
      },
      {
        line: "waybill image history ghcr.io/octo-org/app --json | jq -r '.records[] | [.channel, .digest] | @tsv'",
        what: 'for a script',
      },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'nothing was ever promoted',
      [ExitCode.failed]: 'the ledger or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read; what can be is told',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal } = session;
    const { place, digest } = readPlace(NAME, text);
    const image = `${place.host}/${place.repository}`;
    const site = await session.openPromotions(values);
    const { ledger, shown } = await site.openLedger({ signal });
    const entries: ChannelEntry[] = [];
    const findings: LedgerFinding[] = [];
    const onFinding = (finding: LedgerFinding) => findings.push(finding);
    for await (const { channel } of ledger.channels.list({ image, onFinding, signal })) {
      if (values.channel.length > 0 && !values.channel.includes(channel)) continue;
      try {
        for await (const entry of ledger.channels.log(image, channel, { signal })) {
          if (digest === undefined || entry.record.digest === digest) entries.push(entry);
        }
      } catch (error) {
        const finding = recordFinding(error, channelRef(image, channel));
        if (finding === undefined) throw error;
        findings.push(finding);
      }
    }
    entries.sort(
      (a, b) => b.record.promotedAt.localeCompare(a.record.promotedAt) || b.record.sequence - a.record.sequence,
    );
    const taken = values.limit === 0 ? entries : entries.slice(0, values.limit);
    const [titles, ...rows] = recordLines(taken);
    print.result(
      { image, ledger: shown, total: entries.length, records: taken.map(recordDocument), findings },
      titles === undefined || taken.length === 0 ? [] : [print.style.bold(titles), ...rows],
    );
    for (const { subject, message } of findings) print.warning(`${subject}: ${message}`);
    if (findings.length > 0) return ExitCode.mismatch;
    if (entries.length === 0) print.info(`no record of ${text} in ${shown}`);
    return entries.length === 0 ? ExitCode.notFound : ExitCode.done;
  },
);
