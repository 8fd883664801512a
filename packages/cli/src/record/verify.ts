import { errorCode, errorMessage } from '@waybill/core/errors';
import { compareAttached, compareFiled, validateRecorded } from '@waybill/core/image';
import type { Finding } from '@waybill/core/verify';
import { findingLines } from '../channel/index.ts';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { RELEASES_OPTIONS, type Session, withReleases } from '../session/index.ts';
import { formatCount, oneLine } from '../terminal/index.ts';
import { CHOICE_OPTIONS, loadRecords } from './load-records.ts';

const NAME = 'record verify';

export const verify: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'verify that recorded images are in the registry, with everything they reach',
    about: [
      'Changes nothing. Reading the records checks them as well: by their schema, and against their names. Each is compared',
      'with the statement that is attached to its image, and with the one that is filed in releases: those of --releases, on',
      "GitHub those of the run's repository.",
    ],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: { ...CHOICE_OPTIONS, ...RELEASES_OPTIONS },
    examples: [
      { line: 'waybill record verify ghcr.io/octo-org/app', what: 'all builds of an image' },
      {
        line: 'waybill record verify ghcr.io/octo-org/app --commit "$COMMIT" --json',
        what: 'of a commit, for a program',
      },
      {
        line: 'waybill record verify ghcr.io/octo-org/app --store git:https://github.com/octo-org/app --releases release://octo-org/app',
        what: 'ledger, registry and releases, from anywhere',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'all are there, whole; what confirms a record may be missing',
      [ExitCode.notFound]: 'there is no such record',
      [ExitCode.failed]: 'the registry, the records, the releases or the network failed',
      [ExitCode.mismatch]: 'one is lost, or a part of it, or a record cannot be read, or statements say something else',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal } = session;
    const { image, digest, place, site, found, all } = await loadRecords(NAME, text, values, session);
    const registry = site.deps.openRegistry(place, 'pull');
    const lost: { readonly identity: string; readonly digest: string; readonly message: string }[] = [];
    const findings: Finding[] = [];
    for (const each of found) {
      try {
        await validateRecorded(each, { registry, clock: { sleep: async () => undefined }, signal });
        findings.push(...(await compareAttached(each.record, registry, { signal })));
      } catch (error) {
        if (errorCode(error) !== 'IMAGE_LOST') throw error;
        lost.push({ identity: each.record.identity, digest: each.record.digest, message: errorMessage(error) });
      }
    }
    const compared =
      found.length === 0
        ? undefined
        : await withReleases(values.releases, session, async ({ log, shown }) => {
            const digests = new Set(found.map(({ record }) => record.digest));
            // Others of these digests have their statements there as well.
            const known = (await all()).map(({ record }) => record).filter((record) => digests.has(record.digest));
            const isWhole = digest === undefined && values.commit === undefined && values.identity === undefined;
            const of = isWhole ? { image } : { image, digests };
            return { shown, findings: await compareFiled(known, of, log, { signal }) };
          });
    findings.push(...(compared?.findings ?? []));
    const errors = findings.filter(({ level }) => level === 'error');
    const wrong = [
      ...(lost.length === 0 ? [] : [`${lost.length} lost`]),
      ...(errors.length === 0 ? [] : [formatCount(errors.length, 'finding')]),
    ];
    print.result(
      { image, records: found.length, lost, findings, ...(compared === undefined ? {} : { releases: compared.shown }) },
      [
        ...lost.map(({ message }) => oneLine(message)),
        ...findingLines(errors),
        ...(found.length === 0
          ? []
          : [`${formatCount(found.length, 'record')}: ${wrong.length === 0 ? 'nothing is wrong' : wrong.join(', ')}`]),
      ],
    );
    for (const { code, subject, message } of findings.filter(({ level }) => level === 'warning'))
      print.warning(oneLine(`${code}: ${subject}: ${message}`));
    if (found.length === 0) {
      print.info(`no such build of ${text} is recorded`);
      return ExitCode.notFound;
    }
    return wrong.length === 0 ? ExitCode.done : ExitCode.mismatch;
  },
);
