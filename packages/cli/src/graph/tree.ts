import { readTree } from '@waybill/core/registry';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { readImageWord, showImage } from './image-word.ts';
import { orNotThere } from './not-there.ts';
import { REGISTRY_OPTIONS } from './registry-options.ts';
import { treeDocument } from './tree-document.ts';
import { treeLines } from './tree-lines.ts';

export const tree: Verb<Session> = defineVerb(
  {
    name: 'tree',
    summary: 'show an image with everything that is attached to it',
    about: [
      'Parts of an index first, then what is attached (+), with what is attached to that. From the referrers API, the tag',
      'sha256-<hex>, the tags sha256-<hex>.wb-<12 hex>, and the old tags .sig, .att and .sbom. What only claims to be attached',
      'is left out.',
    ],
    positionals: [{ name: 'IMAGE', help: 'HOST/REPOSITORY@DIGEST, or with :TAG', required: true }],
    options: REGISTRY_OPTIONS,
    examples: [
      { line: 'waybill tree ghcr.io/octo-org/app:v1', what: 'what the tag points at, and all that belongs to it' },
      { line: 'waybill tree ghcr.io/octo-org/app:v1 --json | jq .attached[].artifactType', what: 'for a program' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'the image is not there',
      [ExitCode.failed]: 'the registry failed',
      [ExitCode.mismatch]: 'a manifest is not what its digest says',
    },
  },
  async ({ values, positionals: [word = ''] }, { openRegistries, print, signal }) => {
    const { place, ref } = readImageWord('tree', word);
    const registries = await openRegistries(values['insecure-registry']);
    return orNotThere(print, async () => {
      const root = await readTree(registries.open(place, 'pull'), ref, { signal });
      const name = showImage(place, ref).replace(`@${root.descriptor.digest}`, '');
      print.result(
        { image: `${place.host}/${place.repository}`, ...treeDocument(root) },
        treeLines(root, name, print.style),
      );
      return ExitCode.done;
    });
  },
);
