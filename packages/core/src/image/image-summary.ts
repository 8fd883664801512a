import { codeSpan } from '../runner/index.ts';
import type { ImageOutcome, ImageResult } from './obtain/image-outcome.ts';

const RESULTS: Readonly<Record<ImageResult, string>> = {
  built: '**built**, pushed and recorded',
  recorded: '**recorded**',
  merged: '**merged** and recorded',
  adopted: '**reused**: nothing was built',
  claimed: '**claimed**: a later step builds it',
  unpushed: '**built**, not pushed',
  skipped: '**skipped**: this run may not write',
};

/** A table of what came of the image, for the job's summary (S1-18). */
export function imageSummary(outcome: ImageOutcome): string {
  const { result, image, digest, commit, identity, record, place, tags, filed } = outcome;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Result', RESULTS[result]],
    ['Image', codeSpan(image)],
    ['Digest', digest === undefined ? undefined : codeSpan(digest)],
    ['Tags', tags.length === 0 ? undefined : tags.map(codeSpan).join('<br>')],
    ['Platforms', record?.platforms === undefined ? undefined : codeSpan(record.platforms.join(', '))],
    ['Commit', commit === undefined ? undefined : codeSpan(commit)],
    ['Built', builtBy(outcome)],
    ['Identity', codeSpan(identity.slice(0, 12))],
    ['Record', place === undefined ? undefined : recordedIn(outcome)],
    ['Statement', filed === undefined ? undefined : `${codeSpan(filed.name)} in the release ${codeSpan(filed.group)}`],
  ];
  const table = rows.flatMap(([name, value]) => (value === undefined ? [] : [`| ${name} | ${value} |`]));
  return ['**Image**', '', '| | |', '| --- | --- |', ...table, ''].join('\n');
}

function builtBy({ record }: ImageOutcome): string | undefined {
  if (record === undefined) return undefined;
  const { runId, actor, recordedAt, buildDuration } = record;
  const parts = [
    recordedAt,
    ...(runId === undefined ? [] : [`run ${codeSpan(runId)}`]),
    ...(actor === undefined ? [] : [`by ${codeSpan(actor)}`]),
    ...(buildDuration === undefined ? [] : [`in ${buildDuration} s`]),
  ];
  return parts.join(', ');
}

function recordedIn({ place }: ImageOutcome): string {
  if (place === undefined) return '';
  const shown = codeSpan(place.shown);
  return place.guarantee === 'atomic'
    ? `${shown} (one build for certain)`
    : `${shown} (tags: a hint; two runs that start within seconds of each other may both build)`;
}
