import { codeSpan } from '../runner/index.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import { isHit, type RestoreOutcome, type SaveOutcome } from './outcome.ts';

/**
 * A few lines of markdown on a restore, for the job's summary page.
 * @param key undefined where it could not be derived; so below
 */
export function restoreSummary(key: string | undefined, outcome: RestoreOutcome): string {
  const facts = isHit(outcome)
    ? [
        formatCount(outcome.restoredFiles, 'file'),
        formatBytes(outcome.restoredBytes),
        `${formatBytes(outcome.downloadedBytes)} read from the store`,
        formatSeconds(outcome.durationMs),
      ]
    : [formatSeconds(outcome.durationMs)];
  const matched =
    outcome.matchedKey === undefined || outcome.matchedKey === key ? '' : ` from ${codeSpan(outcome.matchedKey)}`;
  return `**Cache restore** ${keySpan(key)}: ${resultOf(outcome)}${matched} (${facts.join(', ')})\n`;
}

/** A few lines of markdown on a save, for the job's summary page. */
export function saveSummary(key: string | undefined, outcome: SaveOutcome): string {
  const { result, files, rawBytes, uploadedBytes, reusedBytes, durationMs } = outcome;
  const facts =
    outcome.digest === undefined
      ? [formatSeconds(durationMs)]
      : [
          formatCount(files, 'file'),
          formatBytes(rawBytes),
          `${formatBytes(uploadedBytes)} uploaded`,
          formatSeconds(durationMs),
        ];
  const all = uploadedBytes + reusedBytes;
  const share = all === 0 ? 0 : Math.floor((100 * reusedBytes) / all);
  const spared =
    result === 'delta' || result === 'unchanged'
      ? `; the delta spared ${formatBytes(reusedBytes)} (${share} % of what is stored)`
      : '';
  return `**Cache save** ${keySpan(key)}: ${resultOf(outcome)} (${facts.join(', ')})${spared}\n`;
}

function keySpan(key: string | undefined): string {
  return key === undefined ? 'with a key that was not derived' : codeSpan(key);
}

/** Both words come from closed lists of ours, so they need no escaping. */
function resultOf({ result, reason }: { readonly result: string; readonly reason: string }): string {
  return reason === '' ? `**${result}**` : `**${result}** (${reason})`;
}
