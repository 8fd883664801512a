import { promotionDocument, rollbackChannel } from '@waybill/core/promote';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { CONFIG_OPTIONS, COPY_OPTIONS, LEDGER_OPTIONS, PROMOTE_OPTIONS, type Session } from '../session/index.ts';
import { readDigest, readPlace } from './read-image-words.ts';
import { rememberRecords } from './remember-records.ts';
import { outcomeExitCode, outcomeLines } from './show-outcome.ts';

const NAME = 'image rollback';

export const rollback: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'take a channel back to what it had before',
    about: [
      'It goes to the newest record before the first one of the digest that the channel has now, never to a digest that the',
      'channel was rolled back from. The rules of today hold for where it goes, save that it may be older.',
    ],
    positionals: [
      {
        name: 'IMAGE',
        help: 'HOST/REPOSITORY, perhaps with the digest that the channel must have now',
        required: true,
      },
      { name: 'CHANNEL', help: 'which channel', required: true },
    ],
    options: {
      digest: {
        type: 'text',
        value: 'DIGEST',
        help: 'only where the channel has this digest now: done again it changes nothing',
      },
      ...PROMOTE_OPTIONS,
      ...COPY_OPTIONS,
      ...CONFIG_OPTIONS,
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill image rollback ghcr.io/octo-org/app production', what: 'back to what was there before' },
      { line: 'waybill image rollback ghcr.io/octo-org/app production --dry-run', what: 'where it would go' },
      {
        line: 'waybill image rollback ghcr.io/octo-org/app production --digest 0123…cdef',
        what: 'in a job that may run again',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'rolled back, or done so already',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'where it would go is not whole, or the ledger is not what the registry says',
      [ExitCode.refused]: 'a rule of the channel forbids it',
    },
  },
  async ({ values, positionals: [text = '', channel = ''] }, session) => {
    const { print, signal } = session;
    const { place, digest: own } = readPlace(NAME, text);
    const digest = values.digest === undefined ? own : readDigest(NAME, values.digest);
    const site = { ...(await session.openPromotions(values)), signal };
    const outcome = await rollbackChannel(
      {
        image: place,
        channel,
        current: digest === undefined ? undefined : { digest },
        statement: !values['no-statement'],
        dryRun: values['dry-run'],
      },
      site,
    );
    if (outcome.entry !== undefined && !values['dry-run'])
      await rememberRecords(session, values, site, { entries: [outcome.entry] });
    print.result(promotionDocument(outcome), outcomeLines(outcome, print.style));
    return outcomeExitCode(outcome);
  },
);
