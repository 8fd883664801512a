import { type ChannelEntry, compareWithCopies } from '@waybill/core/ledger';
import { compareStatements, readFiledCopies } from '@waybill/core/promote';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { recordDocument, recordLines } from '../image/index.ts';
import {
  COPY_OPTIONS,
  LEDGER_OPTIONS,
  openCopy,
  RELEASES_OPTIONS,
  type Session,
  withReleases,
} from '../session/index.ts';
import { formatCount } from '../terminal/index.ts';
import { readChannel } from './channel-words.ts';
import { findingLines, hasError, type ShownFinding } from './show-findings.ts';

const NAME = 'channel log';

export const log: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: "list a channel's records, and check their chain",
    about: [
      '--check looks at every record: its bytes, its place in the chain, its statement in the registry, and the one that is',
      "filed in releases: those of --releases, on GitHub those of the run's repository.",
    ],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY', required: true },
      { name: 'CHANNEL', help: 'which channel', required: true },
    ],
    options: {
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      check: {
        type: 'flag',
        help: 'check the whole chain, and compare it with registry, releases and .artifacts.json',
      },
      ...RELEASES_OPTIONS,
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
    const confirmed = new Set<number>();
    // A chain that cannot be read is compared with nothing.
    if (values.check && !hasError(findings)) {
      const compared = await compareStatements(named, { ...site, ...opened });
      findings.push(...compared.findings);
      const copies = await openCopy(session, values).copies({
        ledger: opened.shown,
        image: named.image,
        channel: name,
      });
      const filed = await withReleases(values.releases, session, (releases) =>
        readFiledCopies({ image: named.image, channel: name }, releases.log, { signal }),
      );
      findings.push(...(filed?.findings ?? []));
      const others = [...copies, ...(filed?.copies ?? [])];
      findings.push(...(await compareWithCopies(opened.ledger.channels.log(named.image, name, { signal }), others)));
      for (const { sequence } of [...compared.confirmed, ...others]) confirmed.add(sequence);
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
    // Without an error no number is missing, and no copy says another thing.
    const checked =
      values.check && !hasError(findings)
        ? { records: entries[0]?.record.sequence ?? 0, confirmed: confirmed.size }
        : undefined;
    print.result(
      {
        image: named.image,
        channel: name,
        ledger: opened.shown,
        records: entries.map(recordDocument),
        ...(checked === undefined ? {} : { checked }),
        findings,
      },
      [
        ...(titles === undefined || entries.length === 0 ? [] : [print.style.bold(titles), ...rows]),
        ...findingLines(findings),
      ],
    );
    if (hasError(findings)) return ExitCode.mismatch;
    if (entries.length === 0) print.info(`${name} of ${named.image} has no record in ${opened.shown}`);
    else if (checked !== undefined) print.info(checkedLine(checked));
    return entries.length === 0 ? ExitCode.notFound : ExitCode.done;
  },
);

/** A chain that is right in itself may have been written anew as a whole: of that only a statement or a copy knows. */
function checkedLine({ records, confirmed }: { readonly records: number; readonly confirmed: number }): string {
  const all = `${formatCount(records, 'record')} checked: each stands on the one before, none is missing`;
  return confirmed === records
    ? `${all}; a statement or a copy confirms each`
    : `${all}; a statement or a copy confirms ${confirmed}, nothing the other ${records - confirmed}`;
}
