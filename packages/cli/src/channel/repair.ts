import { promotionDocument, repairChannel } from '@waybill/core/promote';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { outcomeExitCode, outcomeLines } from '../image/index.ts';
import { CONFIG_OPTIONS, LEDGER_OPTIONS, PROMOTE_OPTIONS, type Session } from '../session/index.ts';
import { readChannel } from './channel-words.ts';

const NAME = 'channel repair';

export const repair: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'make the registry say what the ledger says',
    about: [
      'The tag is moved to the newest record, a missing statement attached, what the image lost copied again from where it came.',
      'The ledger is never changed; where it is the ledger that was cut, nothing is done.',
    ],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY', required: true },
      { name: 'CHANNEL', help: 'which channel', required: true },
    ],
    options: {
      referrers: {
        type: 'choice',
        choices: ['all', 'none'],
        default: undefined,
        help: 'what of that which is attached where it came from is carried over (default: all with an image that is copied again, else none)',
      },
      ...PROMOTE_OPTIONS,
      ...CONFIG_OPTIONS,
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill channel repair ghcr.io/octo-org/app production --dry-run', what: 'what would be done' },
      { line: 'waybill channel repair ghcr.io/octo-org/app production', what: 'do it' },
    ],
    exitCodes: {
      [ExitCode.done]: 'repaired, or nothing was wrong',
      [ExitCode.notFound]: 'the channel has no record',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'it cannot be repaired: the digest is lost, or the ledger was cut',
    },
  },
  async ({ values, positionals: [image = '', name = ''] }, session) => {
    const { print, signal } = session;
    const site = { ...(await session.openPromotions(values)), signal };
    const opened = await site.openLedger({ signal });
    const channel = readChannel(NAME, opened, image, name);
    const { referrers } = values;
    const request = { ...channel, referrers, statement: !values['no-statement'], dryRun: values['dry-run'] };
    const outcome = await repairChannel(request, { ...site, ...opened });
    if (outcome === undefined) {
      print.result({ image: channel.image, channel: name }, []);
      print.info(`${name} of ${channel.image} has no record`);
      return ExitCode.notFound;
    }
    print.result(promotionDocument(outcome), outcomeLines(outcome, print.style));
    return outcomeExitCode(outcome);
  },
);
