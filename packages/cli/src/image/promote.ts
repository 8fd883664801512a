import { errorMessage } from '@waybill/core/errors';
import {
  type PromotionOutcome,
  parseTarget,
  promote as promoteImage,
  promotionDocument,
  type Target,
} from '@waybill/core/promote';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { CONFIG_OPTIONS, COPY_OPTIONS, LEDGER_OPTIONS, PROMOTE_OPTIONS, type Session } from '../session/index.ts';
import { IMAGE_HELP, readSource } from './read-image-words.ts';
import { rememberRecords } from './remember-records.ts';
import { outcomeExitCode, outcomeLines } from './show-outcome.ts';

const NAME = 'image promote';

export const promote: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'move an image by its digest into channels, or under tags',
    about: [
      'Verified where it is, judged by the rules of the channel, copied with what is attached, verified where it went,',
      'recorded, tagged, read back. What the target has already is left as it is, and put right where another hand changed it.',
    ],
    positionals: [
      { name: 'IMAGE', help: IMAGE_HELP, required: true },
      { name: 'TO', help: 'channels, or HOST/REPOSITORY:TAG', required: true, rest: true },
    ],
    options: {
      digest: { type: 'text', value: 'DIGEST', help: 'the image; sha256: may be left out' },
      commit: {
        type: 'text',
        value: 'SHA',
        help: 'the commit that it was built from; without a digest it says which image it is',
      },
      from: { type: 'text', value: 'CHANNEL', help: 'the channel that must have brought it' },
      referrers: {
        type: 'choice',
        choices: ['all', 'none'],
        default: 'all',
        help: 'what of that which is attached goes along',
      },
      'allow-diverged': { type: 'flag', help: 'also where its commit is on another branch, or is not known' },
      ...PROMOTE_OPTIONS,
      ...COPY_OPTIONS,
      ...CONFIG_OPTIONS,
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill image promote ghcr.io/octo-org/app@sha256:0123…cdef dev', what: 'into the first channel' },
      {
        line: 'waybill image promote ghcr.io/octo-org/app --commit "$COMMIT" staging',
        what: 'the image of a commit',
      },
      {
        line: 'waybill image promote ghcr.io/octo-org/app --digest 0123…cdef production --dry-run',
        what: 'what would be done, and what each rule says',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'promoted, or there already',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'the image is not whole, or the ledger is not what the registry says',
      [ExitCode.refused]: 'a rule of the channel forbids it',
    },
  },
  async ({ values, positionals: [image = '', ...to] }, session) => {
    const { print, signal } = session;
    const request = {
      source: readSource(NAME, image, values),
      to: to.map(readTarget),
      via: values.from,
      referrers: values.referrers,
      statement: !values['no-statement'],
      allowDiverged: values['allow-diverged'],
      dryRun: values['dry-run'],
    };
    const site = { ...(await session.openPromotions(values)), signal };
    const outcomes: PromotionOutcome[] = [];
    for await (const outcome of promoteImage(request, site)) {
      outcomes.push(outcome);
      if (outcome.entry !== undefined && !values['dry-run'])
        await rememberRecords(session, values, site, { entries: [outcome.entry] });
      if (!print.json) print.info(`${outcome.channel ?? outcome.tag}: ${outcome.result}`);
    }
    print.result(
      { promotions: outcomes.map(promotionDocument) },
      outcomes.flatMap((outcome, at) => [...(at === 0 ? [] : ['']), ...outcomeLines(outcome, print.style)]),
    );
    const last = outcomes.at(-1);
    return last === undefined ? ExitCode.done : outcomeExitCode(last);
  },
);

function readTarget(text: string): Target {
  try {
    return parseTarget(text);
  } catch (error) {
    throw usageError(`waybill ${NAME}: ${errorMessage(error)}`, seeHelp(NAME));
  }
}
