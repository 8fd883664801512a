/** What the schema takes for a duration, a size, a share. */
export const DURATION = '^\\d{1,6}(s|m|h|d|w)$';
export const SIZE = '^\\d{1,12}(\\.\\d{1,3})?\\s?([kKmMgGtT][iI]?)?[bB]?$';
export const PERCENT = '^(100|\\d{1,2}(\\.\\d{1,3})?)%$';

const SECOND = 1000;
const MILLISECONDS: Readonly<Record<string, number>> = {
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: 86_400 * SECOND,
  w: 7 * 86_400 * SECOND,
};
const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** Milliseconds of `90s`, `5m`, `1h`, `7d`, `2w`; NaN for anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (MILLISECONDS[match[2] ?? ''] ?? Number.NaN);
}

/** Bytes of `500MB` (powers of 1000), `10GiB` (of 1024), `100`; NaN for anything else. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s?([kmgt]?)(i?)b?$/i.exec(text);
  const power = POWERS[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || power === undefined) return Number.NaN;
  return Math.round(Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power);
}

/** A share between 0 and 1 of `60%`; NaN for anything else. */
export function parsePercent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) / 100;
}
