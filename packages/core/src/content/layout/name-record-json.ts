import { type Descriptor, parseDescriptor } from '../../oci/index.ts';
import type { Name, NameRecord } from '../ports.ts';

/** The record as its file holds it: one JSON object, a line end. */
export function encodeRecord(record: NameRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
}

/** The record in these bytes; undefined where they are none (torn, or of another writer). */
export function parseRecord(bytes: Buffer): NameRecord | undefined {
  const json = parseJson(bytes);
  const name = parseName(json?.['name']);
  const target = parseTarget(json?.['target']);
  const fields = parseFields(json?.['fields']);
  const createdAt = json?.['createdAt'];
  const expiresAt = json?.['expiresAt'];
  if (name === undefined || target === undefined || fields === undefined || typeof createdAt !== 'number')
    return undefined;
  if (expiresAt !== undefined && typeof expiresAt !== 'number') return undefined;
  return { name, target, createdAt, ...(expiresAt === undefined ? {} : { expiresAt }), fields };
}

export function encodeName(name: Name): Buffer {
  return Buffer.from(JSON.stringify(name), 'utf8');
}

export function parseNameJson(bytes: Buffer): Name | undefined {
  return parseName(parseJson(bytes));
}

function parseName(json: unknown): Name | undefined {
  if (!isObject(json)) return undefined;
  const { kind, scope, version, key } = json;
  if (typeof kind !== 'string' || typeof scope !== 'string' || typeof version !== 'string' || typeof key !== 'string')
    return undefined;
  return { kind, scope, version, key };
}

function parseTarget(json: unknown): Descriptor | undefined {
  try {
    return parseDescriptor(json);
  } catch {
    return undefined;
  }
}

function parseFields(json: unknown): Record<string, string> | undefined {
  if (!isObject(json)) return undefined;
  const fields: [string, string][] = [];
  for (const [key, value] of Object.entries(json)) {
    if (typeof value !== 'string') return undefined;
    fields.push([key, value]);
  }
  return Object.fromEntries(fields);
}

function parseJson(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
