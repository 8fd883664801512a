import { redact } from '../errors/index.ts';
import { parseReference } from '../oci/index.ts';
import type { InputReader } from './input-reader.ts';

/** Hosts of registries (`host[:port]`), in lines or apart by commas. */
export function readRegistryHosts(reader: InputReader, name: string): readonly string[] {
  const entries = reader
    .text(name)
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.flatMap((entry) => {
    const host = hostOf(entry);
    if (host !== undefined) return [host];
    reader.reject({
      name,
      value: redact(entry),
      why: 'it is no host of a registry',
      accepted: '`HOST` or `HOST:PORT` as in the store, in lines or apart by commas',
      example: 'registry.internal:5000',
    });
    return [];
  });
}

function hostOf(entry: string): string | undefined {
  try {
    return entry.includes('/') ? undefined : parseReference(`${entry}/x`).host;
  } catch {
    return undefined;
  }
}
