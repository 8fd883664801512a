import { WaybillError } from '../errors/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { isExpired } from './name.ts';
import type { Name, NameRecord, PutOptions } from './ports.ts';

/**
 * Whether a put may be written over what stands there (live or expired, or nothing).
 * @throws WaybillError `PUT_OPTIONS_INVALID` where `ifAbsent` and `expected` are given together
 */
export function mayWrite(standing: NameRecord | undefined, options: PutOptions, now: number): boolean {
  if (options.ifAbsent && options.expected !== undefined) {
    throw new WaybillError('PUT_OPTIONS_INVALID', 'put: ifAbsent and expected exclude each other', { kind: 'bug' });
  }
  const live = standing === undefined || isExpired(standing, now) ? undefined : standing;
  if (options.ifAbsent) return live === undefined;
  if (options.expected !== undefined) return live?.target.digest === options.expected;
  return true;
}

/** The record that a put writes; later than `newest`, the latest of its partition, even where the clock stands still. */
export function newRecord(
  name: Name,
  target: Descriptor,
  options: PutOptions,
  now: number,
  newest: number | undefined,
): NameRecord {
  return {
    name: { kind: name.kind, scope: name.scope, version: name.version, key: name.key },
    target,
    createdAt: newest === undefined ? now : Math.max(now, newest + 1),
    ...(options.expiresAt === undefined ? {} : { expiresAt: options.expiresAt }),
    fields: { ...options.fields },
  };
}
