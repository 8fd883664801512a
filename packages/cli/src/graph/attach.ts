import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { WaybillError } from '@waybill/core/errors';
import { hashContent } from '@waybill/core/keys';
import { parseDigest } from '@waybill/core/oci';
import { type AttachLayer, attach as attachTo, ownTag } from '@waybill/core/registry';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { formatFields, oneLine } from '../terminal/index.ts';
import { readDigestWord } from './image-word.ts';
import { orNotThere } from './not-there.ts';
import { REGISTRY_OPTIONS } from './registry-options.ts';

export const attach: Verb<Session> = defineVerb(
  {
    name: 'attach',
    summary: 'attach files to an image: an SBOM, a report, a signature',
    about: [
      'Pushed under a tag of its own first (sha256-<hex>.wb-<12 hex>), so that no other writer can lose it; then, where the',
      'registry has no referrers API that lists it, merged into the index under the tag sha256-<hex>, until it stands there.',
      'The same files with the same annotations are attached once.',
    ],
    positionals: [
      { name: 'IMAGE', help: 'HOST/REPOSITORY@DIGEST', required: true },
      { name: 'FILE', help: 'files, a layer each', required: true, rest: true },
    ],
    options: {
      type: { type: 'text', short: 't', value: 'TYPE', help: 'what it is, as a media type (needed)' },
      'media-type': { type: 'text', value: 'TYPE', help: 'media type of the files (default: that of --type)' },
      annotation: { type: 'list', short: 'a', value: 'KEY=VALUE', help: 'shown by lists of what is attached' },
      ...REGISTRY_OPTIONS,
    },
    examples: [
      {
        line: 'waybill attach ghcr.io/octo-org/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef sbom.cdx.json --type application/vnd.cyclonedx+json',
        what: 'an SBOM',
      },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'the image is not there',
      [ExitCode.failed]: 'the registry failed',
      [ExitCode.mismatch]: 'a file changed while it was read',
    },
  },
  async ({ values, positionals: [word = '', ...files] }, session) => {
    const { openRegistries, context, print, clock, signal } = session;
    const { place, digest } = readDigestWord('attach', word);
    const { type: artifactType, 'media-type': mediaType = values.type } = values;
    if (artifactType === undefined || mediaType === undefined)
      throw usageError('waybill attach: --type is missing', seeHelp('attach'));
    const annotations = readAnnotations(values.annotation);
    const layers = await Promise.all(files.map((file) => readLayer(resolve(context.workspace, file), mediaType)));
    const registry = (await openRegistries(values['insecure-registry'])).open(place, 'push');
    return orNotThere(print, async () => {
      const subject = (await registry.manifests.get({ digest }, { signal }))?.descriptor;
      if (subject === undefined) throw unknown(word);
      const referrer = await attachTo({ registry, subject, artifactType, layers, annotations, clock, signal });
      const tag = ownTag(digest, referrer.digest);
      print.result({ image: `${place.host}/${place.repository}`, subject: digest, tag, ...referrer }, [
        ...formatFields([
          ['attached', referrer.digest],
          ['to', `${place.host}/${place.repository}@${digest}`],
          ['type', oneLine(artifactType)],
          ['tag', tag],
        ]),
      ]);
      return ExitCode.done;
    });
  },
);

/** A layer of a file, which is read twice: for its digest, and to be sent. */
async function readLayer(file: string, mediaType: string): Promise<AttachLayer> {
  const { kind, digest, bytes } = await hashContent(file);
  if (kind === 'folder') {
    throw new WaybillError('NO_FILE', `${file} is a folder`, {
      kind: 'user',
      hint: 'Make an archive of it, and attach that.',
    });
  }
  const annotations = { 'org.opencontainers.image.title': basename(file) };
  const open = async function* () {
    for await (const piece of createReadStream(file)) if (piece instanceof Uint8Array) yield piece;
  };
  return { descriptor: { mediaType, digest: parseDigest(digest), size: bytes, annotations }, open };
}

function readAnnotations(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw usageError(
        `waybill attach: --annotation is ${JSON.stringify(pair)}, expected KEY=VALUE`,
        seeHelp('attach'),
      );
    }),
  );
}

function unknown(image: string): WaybillError {
  return new WaybillError('MANIFEST_UNKNOWN', `${image} is not there`, {
    kind: 'remote',
    hint: 'Push it first, or look at the digest.',
  });
}
