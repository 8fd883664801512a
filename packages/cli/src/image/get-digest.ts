import { errorCode } from '@waybill/core/errors';
import { resolveImage } from '@waybill/core/verify';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { LEDGER_OPTIONS, type Session } from '../session/index.ts';
import { readCommit, readPlace } from './read-image-words.ts';

const NAME = 'image get-digest';

export const getDigest: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'tell the digest that was recorded for a commit, or that a channel has',
    about: ['Standard output is the digest alone, so that a script can take it.'],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY', required: true }],
    options: {
      commit: { type: 'text', value: 'SHA', help: 'the commit, all of it' },
      channel: { type: 'text', value: 'CHANNEL', help: 'the channel; what its newest record says' },
      ...LEDGER_OPTIONS,
    },
    examples: [
      { line: 'waybill image get-digest ghcr.io/octo-org/app --commit "$COMMIT"', what: 'of a commit' },
      { line: 'waybill image get-digest ghcr.io/octo-org/app --channel production', what: 'what is in production' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'nothing is recorded',
      [ExitCode.failed]: 'the ledger or the network failed',
      [ExitCode.mismatch]: 'a record cannot be read',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal, context } = session;
    const { place } = readPlace(NAME, text);
    const image = `${place.host}/${place.repository}`;
    if ((values.commit === undefined) === (values.channel === undefined))
      throw usageError(`waybill ${NAME}: give --commit or --channel, one of them`, seeHelp(NAME));
    const site = await session.openPromotions(values);
    const { ledger, shown } = await site.openLedger({ signal });
    const found =
      values.channel === undefined
        ? await byCommit(readCommit(NAME, values.commit ?? ''))
        : (await ledger.channels.tip(image, values.channel, { signal }))?.record.digest;
    if (found === undefined) {
      print.result({ image, ledger: shown }, []);
      print.info(`nothing is recorded of ${image} at ${values.channel ?? values.commit} in ${shown}`);
      return ExitCode.notFound;
    }
    print.result({ image, digest: found, reference: `${image}@${found}`, ledger: shown }, [found]);
    return ExitCode.done;

    async function byCommit(commit: string) {
      try {
        const registry = site.openRegistry(place, 'pull');
        const builds = async () => ledger.builds;
        const { ref } = context;
        return (await resolveImage({ kind: 'commit', place, commit }, { registry, builds, ref, signal })).digest;
      } catch (error) {
        if (errorCode(error) === 'RECORD_UNKNOWN') return undefined;
        throw error;
      }
    }
  },
);
