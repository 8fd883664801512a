import { errorCode, errorMessage } from '@waybill/core/errors';
import { validateRecorded } from '@waybill/core/image';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { formatCount, oneLine } from '../terminal/index.ts';
import { CHOICE_OPTIONS, loadRecords } from './load-records.ts';

const NAME = 'record verify';

export const verify: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'verify that recorded images are in the registry, with everything they reach',
    about: ['Changes nothing. Reading the records checks them as well: by their schema, and against their names.'],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY, perhaps with @DIGEST', required: true }],
    options: CHOICE_OPTIONS,
    examples: [
      { line: 'waybill record verify ghcr.io/octo-org/app', what: 'all builds of an image' },
      {
        line: 'waybill record verify ghcr.io/octo-org/app --commit "$COMMIT" --json',
        what: 'of a commit, for a program',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'all are there, whole',
      [ExitCode.notFound]: 'there is no such record',
      [ExitCode.failed]: 'the registry, the records or the network failed',
      [ExitCode.mismatch]: 'one is lost, or a part of it, or a record cannot be read',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal } = session;
    const { image, place, site, found } = await loadRecords(NAME, text, values, session);
    const registry = site.deps.openRegistry(place, 'pull');
    const lost: { readonly identity: string; readonly digest: string; readonly message: string }[] = [];
    for (const each of found) {
      try {
        await validateRecorded(each, { registry, clock: { sleep: async () => undefined }, signal });
      } catch (error) {
        if (errorCode(error) !== 'IMAGE_LOST') throw error;
        lost.push({ identity: each.record.identity, digest: each.record.digest, message: errorMessage(error) });
      }
    }
    print.result({ image, records: found.length, lost }, [
      ...lost.map(({ message }) => oneLine(message)),
      ...(found.length === 0
        ? []
        : [
            `${formatCount(found.length, 'record')}: ${lost.length === 0 ? 'nothing is wrong' : `${lost.length} lost`}`,
          ]),
    ]);
    if (found.length === 0) {
      print.info(`no such build of ${text} is recorded`);
      return ExitCode.notFound;
    }
    return lost.length === 0 ? ExitCode.done : ExitCode.mismatch;
  },
);
