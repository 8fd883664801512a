import { channelRef, recordFinding } from '@waybill/core/ledger';
import { type ChannelStatus, channelStatus } from '@waybill/core/promote';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { recordDocument } from '../image/index.ts';
import { CONFIG_OPTIONS, COPY_OPTIONS, LEDGER_OPTIONS, openCopy, type Session } from '../session/index.ts';
import { type Column, formatTable, formatTime, oneLine } from '../terminal/index.ts';
import { type NamedChannel, readChannels } from './channel-words.ts';
import { findingLines, hasError, type ShownFinding } from './show-findings.ts';
import { tailFindings } from './tail-findings.ts';

const NAME = 'channel status';

const COLUMNS: readonly Column[] = [
  { title: 'CHANNEL', align: 'left' },
  { title: 'NO.', align: 'right' },
  { title: 'SINCE (UTC)', align: 'left' },
  { title: 'DIGEST', align: 'left' },
  { title: 'TAG', align: 'left' },
  { title: 'STATE', align: 'left' },
];

export const status: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'compare what the ledger says of channels with what the registry has',
    about: [
      'A tag that another hand moved or deleted, a digest that is gone, a ledger whose tail was cut off: each is told. Of the',
      'ledger it reads the newest record, of the registry the list of tags besides; `waybill channel log --check` reads all.',
    ],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY; without it every channel with a record', required: false },
      { name: 'CHANNEL', help: 'which channel; without it all of the image', required: false },
    ],
    options: { ...COPY_OPTIONS, ...CONFIG_OPTIONS, ...LEDGER_OPTIONS },
    examples: [
      { line: 'waybill channel status ghcr.io/octo-org/app', what: 'all channels of an image' },
      { line: 'waybill channel status ghcr.io/octo-org/app production --json', what: 'for an alarm' },
    ],
    exitCodes: {
      [ExitCode.done]: 'all stands as it should',
      [ExitCode.notFound]: 'no channel has a record',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'something is not as it should be',
    },
  },
  async ({ values, positionals: [image, name] }, session) => {
    const { print, signal } = session;
    const site = { ...(await session.openPromotions(values)), signal };
    const opened = await site.openLedger({ signal });
    const { channels, findings: unread } = await readChannels(NAME, opened, image, name, signal);
    const all: ChannelStatus[] = [];
    const findings: ShownFinding[] = [...unread];
    for (const channel of channels) {
      const seen = await look(channel);
      if (seen === undefined) continue;
      const copies = await openCopy(session, values).copies({ ...seen, ledger: opened.shown });
      all.push({ ...seen, findings: [...seen.findings, ...tailFindings(seen.entry, copies)] });
    }
    const [titles, ...rows] = formatTable(COLUMNS, all.map(rowOf));
    print.result({ ledger: opened.shown, channels: all.map(statusDocument), findings }, [
      ...(titles === undefined || all.length === 0 ? [] : [print.style.bold(titles), ...rows]),
      ...all.flatMap((each) => findingLines(each.findings)),
      ...findingLines(findings),
    ]);
    if (hasError(findings) || all.some((each) => hasError(each.findings))) return ExitCode.mismatch;
    return all.some(({ entry }) => entry !== undefined) ? ExitCode.done : ExitCode.notFound;

    /** A record that cannot be read is told, and hides no other channel. */
    async function look(channel: NamedChannel): Promise<ChannelStatus | undefined> {
      try {
        return await channelStatus(channel, { ...site, ...opened });
      } catch (error) {
        const finding = recordFinding(error, channelRef(channel.image, channel.channel.name));
        if (finding === undefined) throw error;
        findings.push(finding);
        return undefined;
      }
    }
  },
);

function rowOf({ channel, entry, tag, findings }: ChannelStatus): string[] {
  const state = findings.map(({ code }) => code);
  return [
    oneLine(channel),
    entry === undefined ? '-' : String(entry.record.sequence),
    entry === undefined ? '-' : formatTime(Date.parse(entry.record.promotedAt)),
    entry?.record.digest ?? '-',
    oneLine(tag),
    state.length > 0 ? state.join(', ') : entry === undefined ? 'empty' : 'ok',
  ];
}

function statusDocument({ image, channel, tag, entry, tagged, findings }: ChannelStatus) {
  return {
    image,
    channel,
    tag,
    ...(tagged === undefined ? {} : { tagged }),
    ...(entry === undefined ? {} : { record: recordDocument(entry) }),
    findings,
  };
}
