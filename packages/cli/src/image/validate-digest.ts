import {
  type Finding,
  LAYER_CHECKS,
  type VerificationDocument,
  verificationDocument,
  verifyImage,
} from '@waybill/core/verify';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { LEDGER_OPTIONS, type Session } from '../session/index.ts';
import { formatCount, formatFields, formatSize, oneLine } from '../terminal/index.ts';
import { IMAGE_HELP, readSource } from './read-image-words.ts';

const NAME = 'image validate-digest';

export const validateDigest: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'look whether a digest is one, and whether all of its image is there',
    about: [
      'Every manifest is read and compared with its digest, configs are read, and layers are asked for: --layers rehash',
      'downloads them, --layers manifest leaves them out. Tells all that is wrong, and changes nothing. With a commit the',
      'digest is the one that the ledger has for it; beside a digest, the two are compared.',
    ],
    positionals: [{ name: 'IMAGE', help: IMAGE_HELP, required: true }],
    options: {
      digest: { type: 'text', value: 'DIGEST', help: 'the digest, with or without sha256:' },
      commit: { type: 'text', value: 'SHA', help: 'the commit that it was built from, all of it' },
      layers: { type: 'choice', choices: LAYER_CHECKS, default: 'exist', help: 'how layers are looked at' },
      platform: { type: 'list', short: 'p', value: 'OS/ARCH', help: 'platform that must be there' },
      ...LEDGER_OPTIONS,
    },
    examples: [
      {
        line: 'waybill image validate-digest "ghcr.io/octo-org/app@$DIGEST"',
        what: 'before it is deployed',
      },
      {
        line: 'waybill image validate-digest "ghcr.io/octo-org/app@$DIGEST" --layers rehash -p linux/arm64',
        what: 'every byte, and a platform',
      },
      {
        line: 'waybill image validate-digest ghcr.io/octo-org/app --commit "$COMMIT"',
        what: 'what was recorded for a commit',
      },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'the registry does not have the digest',
      [ExitCode.failed]: 'the registry or the ledger failed, so that nothing is known',
      [ExitCode.mismatch]: 'a part is missing or is not what its digest says, or a recorded digest is gone',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal } = session;
    const source = readSource(NAME, text, values);
    const { layers, platform: platforms } = values;
    const { host, repository } = source.place;
    const site = await session.openPromotions(values);
    const verification = await verifyImage(source, {
      registry: site.openRegistry(source.place, 'pull'),
      builds: async () => (await site.openLedger({ signal })).ledger.builds,
      layers,
      platforms,
      signal,
    });
    const document = verificationDocument(`${host}/${repository}`, layers, verification);
    print.result(document, [...document.findings.flatMap(findingLines), ...verdictLines(document)]);
    return verdictOf(document);
  },
);

function findingLines({ level, code, message, expected, found }: Finding): readonly string[] {
  return [
    `${level}: ${code}: ${oneLine(message)}`,
    ...(expected === undefined ? [] : [`  expected ${oneLine(expected)}`]),
    ...(found === undefined ? [] : [`  found    ${oneLine(found)}`]),
  ];
}

function verdictLines({ reference, verified, mediaType, platforms, manifests, blobs, bytes }: VerificationDocument) {
  return formatFields([
    ['image', reference],
    ['verified', verified],
    ['type', mediaType],
    ['platforms', platforms.length === 0 ? undefined : platforms.join(', ')],
    ['looked at', `${formatCount(manifests, 'manifest')}, ${formatCount(blobs, 'blob')}, ${formatSize(bytes)} hashed`],
  ]);
}

/** That the image is not there at all is told apart from one that is not whole. */
function verdictOf({ digest, verified, findings }: VerificationDocument): ExitCode {
  if (verified !== 'false') return ExitCode.done;
  const gone = findings.some(({ code, subject }) => code === 'manifest-missing' && subject === digest);
  return gone ? ExitCode.notFound : ExitCode.mismatch;
}
