import type { ChannelEntry } from '@waybill/core/ledger';
import { defineVerb, ExitCode, usageError, type Verb } from '../command/index.ts';
import { readPlace } from '../image/index.ts';
import { LEDGER_OPTIONS, type OpenedReleases, RELEASES_OPTIONS, type Session } from '../session/index.ts';
import { formatCount } from '../terminal/index.ts';

const NAME = 'record seal';

interface Filed {
  readonly release: string;
  readonly asset: string;
}

export const seal: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'file what is missing in releases, and seal the months that are over',
    about: [
      'For a scheduled workflow. Of the images that are named, every record of the ledger whose statement is not filed is',
      'filed, as the run would have done. Then drafts of months that are over are published: where releases are immutable,',
      'that seals them. What is done already is left alone. It needs `permissions: contents: write`.',
    ],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY', required: false, rest: true }],
    options: { ...RELEASES_OPTIONS, ...LEDGER_OPTIONS },
    examples: [
      { line: 'waybill record seal ghcr.io/octo-org/app', what: "in a job: the run's ledger and its releases" },
      { line: 'waybill record seal --releases release://octo-org/app', what: 'only seal' },
    ],
    exitCodes: {
      [ExitCode.failed]: 'the ledger, GitHub or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read, or other bytes are filed under the name of its statement',
    },
  },
  async ({ values, positionals }, session) => {
    const { print, signal, clock } = session;
    const images = positionals.map((text) => {
      const { host, repository } = readPlace(NAME, text).place;
      return `${host}/${repository}`;
    });
    const releases = await session.openReleases(values.releases);
    if (releases === undefined)
      throw usageError(
        `waybill ${NAME}: there are no releases outside of a run`,
        'Name them: --releases release://OWNER/REPO.',
      );
    const filed: readonly Filed[] =
      images.length === 0 ? [] : await fileMissing(images, releases, await session.openPromotions(values), signal);
    const { sealDrafts } = await import('@waybill/core/github');
    const sealed = await sealDrafts(releases.github, new Date(clock.now()).toISOString().slice(0, 7), { signal });
    print.result({ releases: releases.shown, filed, sealed }, [
      ...filed.map(({ release, asset }) => `filed   ${release}  ${asset}`),
      ...sealed.map((tag) => `sealed  ${tag}`),
    ]);
    print.info(
      `${formatCount(filed.length, 'statement')} filed, ${formatCount(sealed.length, 'release')} sealed in ${releases.shown}`,
    );
    return ExitCode.done;
  },
);

/** One listing tells what is there, so that it costs requests for what is missing alone. */
async function fileMissing(
  images: readonly string[],
  { log }: OpenedReleases,
  site: Awaited<ReturnType<Session['openPromotions']>>,
  signal: AbortSignal,
): Promise<readonly Filed[]> {
  const { statementName } = await import('@waybill/core/intoto');
  const { buildFiledAs, encodeBuildStatement, factsOfBuild } = await import('@waybill/core/image');
  const { encodePromotionStatement, entryFiledAs, factsOfEntry } = await import('@waybill/core/promote');
  const io = { signal };
  const there = new Set<string>();
  for await (const { place } of log.list({}, io)) there.add(place.name);
  const { ledger } = await site.openLedger(io);
  const filed: Filed[] = [];
  const append = async (...[bytes, facts]: Parameters<typeof log.append>): Promise<void> => {
    const { statement } = await log.append(bytes, facts, io);
    filed.push({ release: statement.place.group, asset: statement.place.name });
  };
  for (const image of images) {
    for (const record of await ledger.builds.list(image, io)) {
      if (!there.has(statementName(buildFiledAs(record).name)))
        await append(encodeBuildStatement(record), factsOfBuild(record));
    }
    for await (const { channel } of ledger.channels.list({ image, ...io })) {
      const missing: ChannelEntry[] = [];
      for await (const entry of ledger.channels.log(image, channel, io))
        if (!there.has(statementName(entryFiledAs(entry).name))) missing.push(entry);
      // The oldest first: what is interrupted goes on where it stopped.
      for (const entry of missing.reverse()) await append(encodePromotionStatement(entry), factsOfEntry(entry));
    }
  }
  return filed;
}
