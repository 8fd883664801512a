import { errorCode, errorMessage } from '@waybill/core/errors';
import { findByCommit, validateRecorded } from '@waybill/core/image';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { readCommit, readPlace } from '../image/index.ts';
import { RECORD_OPTIONS, type Session } from '../session/index.ts';

const NAME = 'image check-existing';

export const checkExisting: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'tell whether the image of a commit was built, and is in the registry',
    about: [
      'Standard output is the digest alone. Several builds of the commit (another target, other arguments) are asked apart',
      'by the first characters of their identity.',
    ],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY', required: true }],
    options: {
      commit: { type: 'text', value: 'SHA', help: "the commit, all of it (default: the run's, or HEAD)" },
      identity: { type: 'text', value: 'PREFIX', help: 'which of several builds of the commit' },
      ...RECORD_OPTIONS,
    },
    examples: [
      { line: 'waybill image check-existing ghcr.io/octo-org/app', what: 'of what is checked out here' },
      {
        line: 'if digest=$(waybill image check-existing ghcr.io/octo-org/app --commit "$COMMIT"); then echo "$digest"; fi',
        what: 'in a script',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'it was built, and everything is there',
      [ExitCode.notFound]: 'it was not built',
      [ExitCode.usage]: 'wrong usage, or several builds of the commit',
      [ExitCode.failed]: 'the registry, the records or the network failed',
      [ExitCode.mismatch]: 'it was built and is lost, or a part of it is',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal, context, runTool } = session;
    const { place } = readPlace(NAME, text);
    const image = `${place.host}/${place.repository}`;
    const head = async () =>
      (await runTool('git', ['rev-parse', 'HEAD'], { cwd: context.workspace, signal })).stdout.trim();
    const commit = readCommit(NAME, values.commit ?? context.sha ?? (await head()));
    const { deps } = await session.openImages(values, place);
    try {
      const onTrouble = (message: string) => print.warning(message);
      const found = await findByCommit(deps.records, image, commit, {
        signal,
        onTrouble,
        identity: values.identity,
        ref: context.ref,
      });
      const { record } = found;
      const registry = deps.openRegistry(place, 'pull');
      const { platforms } = await validateRecorded(found, { registry, clock: deps.clock, signal });
      print.result(
        {
          image,
          commit,
          digest: record.digest,
          reference: `${image}@${record.digest}`,
          platforms,
          records: found.place.shown,
          record,
        },
        [record.digest],
      );
      return ExitCode.done;
    } catch (error) {
      if (errorCode(error) !== 'IMAGE_UNKNOWN') throw error;
      print.result({ image, commit }, []);
      print.info(errorMessage(error));
      return ExitCode.notFound;
    }
  },
);
