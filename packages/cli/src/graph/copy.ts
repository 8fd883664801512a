import { WaybillError } from '@waybill/core/errors';
import { parseReference } from '@waybill/core/oci';
import {
  type CopyOptions,
  type CopyResult,
  copyImage,
  type ManifestRef,
  planCopy,
  type Registry,
  withManifestMemory,
} from '@waybill/core/registry';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { formatCount, formatFields, formatSize, oneLine } from '../terminal/index.ts';
import { copyDocument } from './copy-document.ts';
import type { CopyNames } from './copy-names.ts';
import { readImageWord, showImage } from './image-word.ts';
import { orNotThere } from './not-there.ts';
import { planDocument, planLines } from './plan-lines.ts';
import { REGISTRY_OPTIONS } from './registry-options.ts';

export const copy: Verb<Session> = defineVerb(
  {
    name: 'copy',
    summary: 'copy an image, digest kept, with everything that is attached to it',
    about: [
      'Within one registry nothing is sent: blobs are mounted. Between registries they are streamed. What is attached is',
      'merged with what the target has. The root is written after all its parts, a tag after all else. Copying again is cheap,',
      'and finishes what was broken off.',
    ],
    positionals: [
      { name: 'FROM', help: 'HOST/REPOSITORY@DIGEST, or with :TAG', required: true },
      { name: 'TO', help: 'HOST/REPOSITORY, or with a :TAG that is set', required: true },
    ],
    options: {
      'no-attached': { type: 'flag', help: 'leave out what is attached' },
      check: { type: 'flag', help: 'look at every part also where the target has the root, and copy what it lost' },
      'dry-run': { type: 'flag', short: 'n', help: 'only tell what would be done' },
      ...REGISTRY_OPTIONS,
    },
    examples: [
      {
        line: 'waybill copy ghcr.io/octo-org/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef registry.example.com/app:v1',
        what: 'to another registry, under a tag',
      },
      { line: 'waybill copy ghcr.io/octo-org/app:v1 ghcr.io/octo-org/mirror --dry-run', what: 'what would be done' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'the image is not there',
      [ExitCode.failed]: 'a registry failed, or lacks a part; no tag was set',
      [ExitCode.mismatch]: 'bytes are not what their digest says; no tag was set',
    },
  },
  async ({ values, positionals: [fromWord = '', toWord = ''] }, { openRegistries, print, clock, signal }) => {
    const source = readImageWord('copy', fromWord);
    const { place, tag } = readTarget(toWord);
    const registries = await openRegistries(values['insecure-registry']);
    const from = withManifestMemory(registries.open(source.place, 'pull'));
    const to = withManifestMemory(registries.open(place, 'push'));
    return orNotThere(print, async () => {
      const root = await resolveRoot(from, source.ref, signal);
      const options: CopyOptions = {
        from,
        to,
        root,
        referrers: values['no-attached'] ? 'none' : 'all',
        existing: values.check ? 'check' : 'trust',
        clock,
        signal,
      };
      const names = {
        from: showImage(source.place, { digest: root.digest }),
        to: `${place.host}/${place.repository}`,
        tag,
      };
      if (values['dry-run']) {
        const plan = await planCopy(options);
        print.result(planDocument(names, plan), planLines(names, plan));
        return ExitCode.done;
      }
      const progress = { files: 0, bytes: 0 };
      const result = await copyImage({
        ...options,
        onProgress: ({ descriptor }) => {
          progress.files += 1;
          progress.bytes += descriptor.size;
          print.bar?.update({ what: 'copying', ...progress });
        },
      });
      if (tag !== undefined) await setTag(to, result, tag, signal);
      print.bar?.clear();
      for (const { message } of result.notes) print.notice(oneLine(message));
      print.result(copyDocument(names, result), copyLines(names, result));
      return ExitCode.done;
    });
  },
);

function readTarget(word: string) {
  const { host, repository, tag, digest } = parseReference(word);
  if (digest === undefined) return { place: { host, repository }, tag };
  throw usageError(
    `waybill copy: ${word} has a digest, which is that of the image: HOST/REPOSITORY or with :TAG`,
    seeHelp('copy'),
  );
}

async function resolveRoot(from: Registry, ref: ManifestRef, signal: AbortSignal) {
  const found = await from.manifests.get(ref, { signal });
  if (found !== undefined) return found.descriptor;
  throw new WaybillError('MANIFEST_UNKNOWN', `${showImage(from, ref)} is not there`, {
    kind: 'remote',
    hint: 'Push it first, or look at the name.',
  });
}

async function setTag(to: Registry, { root }: CopyResult, tag: string, signal: AbortSignal): Promise<void> {
  const manifest = await to.manifests.get({ digest: root.digest }, { signal });
  if (manifest !== undefined) await to.manifests.put(manifest.descriptor, manifest.raw, { tag, signal });
}

function copyLines({ from, to, tag }: CopyNames, result: CopyResult): readonly string[] {
  const { root, rootExisted, mountedBlobs, mountedBytes, copiedBlobs, copiedBytes, existingBlobs, existingBytes } =
    result;
  const blobs = (count: number, bytes: number) =>
    count === 0 ? undefined : `${formatCount(count, 'blob')}, ${formatSize(bytes)}`;
  return formatFields([
    ['from', from],
    ['to', `${to}${tag === undefined ? '' : `:${tag}`}@${root.digest}`],
    ['image', rootExisted ? 'was there' : 'copied'],
    ['mounted', blobs(mountedBlobs, mountedBytes)],
    ['sent', blobs(copiedBlobs, copiedBytes)],
    ['there', blobs(existingBlobs, existingBytes)],
    ['attached', result.referrers.length === 0 ? undefined : formatCount(result.referrers.length, 'referrer')],
    ['old tags', result.legacyTags.length === 0 ? undefined : formatCount(result.legacyTags.length, 'tag')],
  ]);
}
