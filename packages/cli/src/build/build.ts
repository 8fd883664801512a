import { errorMessage } from '@waybill/core/errors';
import type { BuildSecret, ImageOrder } from '@waybill/core/image';
import { type KeySource, parseKeyFrom } from '@waybill/core/keys';
import { parseReference, type Reference } from '@waybill/core/oci';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { readPlace } from '../image/index.ts';
import { CONFIG_OPTIONS, RECORD_OPTIONS, type Session } from '../session/index.ts';
import { outcomeDocument, outcomeLines } from './build-outcome.ts';

const NAME = 'image build';

export const build: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'build the image of a commit, unless it was built before',
    about: [
      'Of all that run this for the same sources one builds, by docker buildx; the others wait, take its digest and check it.',
      'What a build is known by, and what makes a rebuild, stands in docs/build-once.md.',
    ],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY', required: true },
      { name: 'CONTEXT', help: 'the folder that is built from (default: this one)', required: false },
    ],
    options: {
      file: {
        type: 'text',
        value: 'FILE',
        short: 'f',
        default: '',
        help: 'the Dockerfile (default: that of the context)',
      },
      target: { type: 'text', value: 'STAGE', default: '', help: 'the stage that is built (default: the last)' },
      platform: { type: 'list', value: 'OS/ARCH', help: "what it is built for (default: this machine's)" },
      'build-arg': { type: 'list', value: 'NAME=VALUE', help: 'an argument of the Dockerfile' },
      'build-context': { type: 'list', value: 'NAME=PATH', help: 'another context, as the Dockerfile names it' },
      secret: { type: 'list', value: 'ID=VARIABLE', help: 'a secret, by the variable that holds it' },
      label: { type: 'list', value: 'NAME=VALUE', help: 'besides the derived ones' },
      'cache-from': { type: 'list', value: 'SOURCE', help: 'as docker buildx takes it' },
      'cache-to': { type: 'list', value: 'TARGET', help: 'as docker buildx takes it' },
      builder: {
        type: 'text',
        value: 'NAME',
        default: '',
        help: 'a builder (default: the one that docker has chosen)',
      },
      'driver-opt': { type: 'list', value: 'OPTION', help: 'of a builder that must be made' },
      tag: { type: 'list', value: 'HOST/REPOSITORY:TAG', short: 't', help: 'set once it is recorded' },
      identity: {
        type: 'choice',
        choices: ['commit', 'tree', 'inputs'],
        default: 'commit',
        help: 'what the image is known by: the commit, the tree of the context, or what --identity-from lists',
      },
      'identity-from': {
        type: 'list',
        value: 'SOURCE',
        help: 'lock:GLOB, tool:NAME, env:NAME, file:GLOB',
      },
      'no-push': { type: 'flag', help: 'build, load into docker, record nothing' },
      'no-statement': { type: 'flag', help: 'attach no statement of it to the image' },
      'wait-minutes': {
        type: 'integer',
        value: 'N',
        min: 1,
        max: 1440,
        default: 30,
        help: 'how long to wait for somebody who builds the same and gives no sign of life',
      },
      ...CONFIG_OPTIONS,
      ...RECORD_OPTIONS,
    },
    examples: [
      { line: 'waybill image build ghcr.io/octo-org/app', what: 'of what is checked out here' },
      {
        line: 'waybill image build ghcr.io/octo-org/app app --platform linux/amd64 --platform linux/arm64 --target release',
        what: 'for two platforms',
      },
      {
        line: "waybill image build ghcr.io/octo-org/app --json | jq -r '.reference'",
        what: 'for a script',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'it is there: built now, or before',
      [ExitCode.usage]: 'wrong usage; a context that is not what is committed; a build that fails',
      [ExitCode.failed]: 'the registry, the records or the network failed; nobody who builds gave a sign of life',
      [ExitCode.mismatch]: 'a recorded image is gone or not whole',
    },
  },
  async ({ values, positionals: [text = '', context = '.'] }, session) => {
    const { print, env } = session;
    const { place } = readPlace(NAME, text);
    const { NO_BUILD_OPTIONS, obtainImage, prepareRequest, secretValues } = await import('@waybill/core/image');
    const secrets = values.secret.map(readSecret);
    const order: ImageOrder = {
      place,
      mode: { kind: 'build' },
      options: {
        ...NO_BUILD_OPTIONS,
        buildArgs: values['build-arg'],
        buildContexts: values['build-context'],
        builder: values.builder,
        cacheFrom: values['cache-from'],
        cacheTo: values['cache-to'],
        context,
        driverOpts: values['driver-opt'],
        file: values.file,
        labels: values.label,
        platforms: values.platform.flatMap((each) => each.split(',')),
        secrets,
        target: values.target,
      },
      tags: values.tag.map(readTag),
      push: !values['no-push'],
      identity: values.identity,
      identityFrom: readSources(values.identity, values['identity-from']),
      adopt: undefined,
      attach: !values['no-statement'],
      waitMinutes: values['wait-minutes'],
    };
    const hidden = secretValues(secrets, session.context.tokens, env);
    const site = await session.openImages({ ...values, secrets: hidden }, place);
    const request = await prepareRequest(order, site.prepare);
    const outcome = await obtainImage(request, site.deps);
    print.result(outcomeDocument(outcome), outcomeLines(outcome));
    return ExitCode.done;
  },
);

function readSecret(text: string): BuildSecret {
  const [, id, name] = /^([^=\s]+)=(\w+)$/.exec(text) ?? [];
  if (id !== undefined && name !== undefined) return { id, kind: 'env', name };
  throw usageError(
    `waybill ${NAME}: --secret takes ID=VARIABLE, the name of a variable and never its value`,
    seeHelp(NAME),
  );
}

function readTag(text: string): Reference {
  try {
    const reference = parseReference(text);
    if (reference.tag !== undefined && reference.digest === undefined) return reference;
  } catch (error) {
    throw usageError(`waybill ${NAME}: --tag: ${errorMessage(error)}`, seeHelp(NAME));
  }
  throw usageError(`waybill ${NAME}: --tag: ${JSON.stringify(text)} names no tag alone`, seeHelp(NAME));
}

function readSources(identity: string, lines: readonly string[]): readonly KeySource[] {
  const parsed = parseKeyFrom(lines);
  if (!parsed.ok) throw usageError(`waybill ${NAME}: --identity-from: ${parsed.why}`, `Accepted: ${parsed.accepted}.`);
  if ((identity === 'inputs') === parsed.value.length > 0) return parsed.value;
  throw usageError(`waybill ${NAME}: --identity inputs and --identity-from belong together`, seeHelp(NAME));
}
