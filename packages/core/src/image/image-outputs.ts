import type { ImageOutcome } from './obtain/image-outcome.ts';
import type { ImageFacts } from './obtain/image-request.ts';

/** The outputs of a step, but for `record`, which is a file. Those that are not known are empty. */
export function imageOutputs(
  { result, image, digest, imageId, record, commit, metadata }: ImageOutcome,
  { serverUrl }: Pick<ImageFacts, 'serverUrl'>,
): Readonly<Record<string, string>> {
  const isBuilt = result === 'built' || result === 'unpushed' || result === 'merged';
  const { repository, runId, runAttempt } = record ?? {};
  const run =
    serverUrl === undefined || repository === undefined || runId === undefined
      ? (runId ?? record?.recordedAt ?? '')
      : `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt ?? 1}`;
  return {
    digest: digest ?? '',
    imageid: imageId,
    reference: digest === undefined ? '' : `${image}@${digest}`,
    built: String(isBuilt),
    pushed: String(result === 'built' || result === 'merged'),
    'reused-from': result === 'adopted' ? run : '',
    'needs-build': String(result === 'claimed'),
    commit: commit ?? '',
    metadata,
  };
}
