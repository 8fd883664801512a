import { type ChannelEntry, compareWithCopies } from '@waybill/core/ledger';
import { compareStatements } from '@waybill/core/promote';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { recordDocument, recordLines } from '../image/index.ts';
import { COPY_OPTIONS, LEDGER_OPTIONS, openCopy, type Session } from '../session/index.ts';
import { readChannel } from './channel-words.ts';
import { findingLines, hasError, type ShownFinding } from './show-findings.ts';

const NAME = 'channel log';

export const log: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: "list a channel's records, and check their chain",
    about: ['--check looks at every record: its bytes, its place in the chain, its statement in the registry.'],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY', required: true },
      { name: 'CHANNEL', help: 'which channel', required: true },
    ],
    options: {
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      check: { type: 'flag', help: 'check the whole chain, and compare it with the registry and with .artifacts.json' },
      ...COPY_OPTIONS,
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill channel log ghcr.io/octo-org/app production --limit 5', what: 'the last five' },
      { line: 'waybill channel log ghcr.io/octo-org/app production --check', what: 'is all of it true' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'the channel has no record',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'a record was edited, removed, re-ordered or cut off',
    },
  },
  async ({ values, positionals: [image = '', name = ''] }, session) => {
    const { print, signal } = session;
    const site = { ...(await session.openPromotions(values)), signal };
    const opened = await site.openLedger({ signal });
    const named = readChannel(NAME, opened, image, name);
    const findings: ShownFinding[] = values.check
      ? [...(await opened.ledger.channels.check(named.image, name, { signal }))]
      : [];
    // A chain that cannot be read is compared with nothing.
    if (values.check && !hasError(findings)) {
      findings.push(...(await compareStatements(named, { ...site, ...opened })));
      const copies = await openCopy(session, values).copies({
        ledger: opened.shown,
        image: named.image,
        channel: name,
      });
      findings.push(...(await compareWithCopies(opened.ledger.channels.log(named.image, name, { signal }), copies)));
    }
    const entries: ChannelEntry[] = [];
    // What cannot be read is among the findings.
    if (!hasError(findings)) {
      for await (const entry of opened.ledger.channels.log(named.image, name, { signal })) {
        entries.push(entry);
        if (values.limit > 0 && entries.length >= values.limit) break;
      }
    }
    const [titles, ...rows] = recordLines(entries);
    print.result(
      { image: named.image, channel: name, ledger: opened.shown, records: entries.map(recordDocument), findings },
      [
        ...(titles === undefined || entries.length === 0 ? [] : [print.style.bold(titles), ...rows]),
        ...findingLines(findings),
      ],
    );
    if (hasError(findings)) return ExitCode.mismatch;
    if (entries.length === 0) print.info(`${name} of ${named.image} has no record in ${opened.shown}`);
    else if (values.check) print.info(`${entries.length} records, and all of them are as they were written`);
    return entries.length === 0 ? ExitCode.notFound : ExitCode.done;
  },
);
