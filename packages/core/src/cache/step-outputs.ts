import { classicOutputs } from './classic-outputs.ts';
import type { RestoreOutcome, SaveOutcome } from './outcome.ts';

/** Outputs by name; one that is not there is not set. */
export type Outputs = Readonly<Record<string, string>>;

/** What a step that restores tells the later ones: the outputs of actions/cache, and ours. */
export function restoreOutputs(outcome: RestoreOutcome, key: string | undefined): Outputs {
  return known({
    ...classicOutputs(outcome, key),
    result: outcome.result,
    reason: outcome.reason,
    digest: outcome.digest,
    'restored-files': String(outcome.restoredFiles),
    'restored-bytes': String(outcome.restoredBytes),
    'downloaded-bytes': String(outcome.downloadedBytes),
    'duration-ms': String(Math.round(outcome.durationMs)),
  });
}

/** What a step that saves tells the later ones. */
export function saveOutputs(outcome: SaveOutcome): Outputs {
  return known({
    result: outcome.result,
    reason: outcome.reason,
    digest: outcome.digest,
    'uploaded-bytes': String(outcome.uploadedBytes),
    'reused-bytes': String(outcome.reusedBytes),
    'duration-ms': String(Math.round(outcome.durationMs)),
  });
}

function known(outputs: Readonly<Record<string, string | undefined>>): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
