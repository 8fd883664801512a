// Readers for what GitHub answers: nothing is believed before its shape was seen.

/** Fails with a word for what is wrong; the caller knows of which answer. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown, what = 'the answer'): Fields {
  if (isFields(value)) return value;
  throw new ShapeError(`${what} is no object`);
}

export function listOf(value: unknown, what = 'the answer'): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ShapeError(`${what} is no list`);
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new ShapeError(`its ${name} is no text`);
}

/** A whole number from 0. */
export function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ShapeError(`its ${name} is no number`);
}

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value === 'boolean') return value;
  throw new ShapeError(`its ${name} is neither true nor false`);
}

/** 40 or 64 lower-case hex. */
export function shaOf(fields: Fields, name: string): string {
  const value = textOf(fields, name);
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return value;
  throw new ShapeError(`its ${name} is no id of an object`);
}
