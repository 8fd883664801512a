import { errorMessage, redact, WaybillError } from '../errors/index.ts';
import { parseStoreUri, type Share, type StoreUri } from './parse-store-uri.ts';

/** Stores of which one is used: the first that answers. */
export type Alternatives = readonly [StoreUri, ...StoreUri[]];

/** Stores that are used together, nearest first. The last one has the names, and nothing is saved that it does not have. */
export interface StoreChain {
  readonly tiers: readonly [Alternatives, ...Alternatives[]];
  /** Of the store that has the names. */
  readonly share: Share;
}

/** A chain of one store. */
export function chainOf(uri: StoreUri): StoreChain {
  return { tiers: [[uri]], share: uri.share };
}

/** How stores are written down in messages and help. */
export const STORE_CHAIN_GRAMMAR =
  'one store a line, the nearest first; `A || B` on a line is B where A does not answer';

/**
 * The stores that `text` names: one a line, the nearest first; `A || B` on a line where B stands in for A.
 * @param complete makes each store what it means here: paths absolute, registries insecure by other settings
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED` (kind `user`), with everything that is wrong
 */
export function parseStoreChain(
  text: string,
  home: string,
  complete: (uri: StoreUri) => StoreUri = (uri) => uri,
): StoreChain {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const problems: WaybillError[] = [];
  const tiers = lines.flatMap((line) => {
    const [first, ...rest] = line.split('||').flatMap((each) => {
      try {
        return [complete(parseStoreUri(each, home))];
      } catch (error) {
        problems.push(error instanceof WaybillError ? error : invalid(errorMessage(error)));
        return [];
      }
    });
    return first === undefined ? [] : [[first, ...rest] as const];
  });
  const [nearest, ...farther] = tiers;
  if (problems.length === 0)
    problems.push(...(nearest === undefined ? [parseFailure(text, home)] : ruleProblems(tiers)));
  const [problem] = problems;
  if (problem !== undefined) throw problems.length === 1 ? problem : joined(problems);
  if (nearest === undefined) throw parseFailure(text, home);
  return { tiers: [nearest, ...farther], share: tiers.at(-1)?.[0].share ?? 'repository' };
}

/** What an empty text is told. */
function parseFailure(text: string, home: string): WaybillError {
  try {
    parseStoreUri(text, home);
  } catch (error) {
    if (error instanceof WaybillError) return error;
  }
  return invalid('no store is named');
}

function ruleProblems(tiers: readonly Alternatives[]): WaybillError[] {
  const problems: WaybillError[] = [];
  const seen = new Set<string>();
  for (const uri of tiers.flat()) {
    const text = placeOf(uri);
    if (seen.has(text)) problems.push(invalid(`${text} stands there twice`));
    seen.add(text);
  }
  const nearer = tiers.slice(0, -1).flat();
  for (const uri of nearer) {
    if (uri.share === 'all') {
      problems.push(invalid(`${placeOf(uri)}: share=all belongs to the last line, which is where names are looked up`));
    }
  }
  const [first, ...others] = tiers.at(-1) ?? [];
  for (const other of others) {
    if (first?.share !== other.share) {
      problems.push(invalid(`${placeOf(other)}: share=all must stand at all stores of the last line, or at none`));
    }
    // A conditional write of names that a registry makes may be lost, which nobody who chose a folder expects.
    if (first?.kind === 'dir' && other.kind !== 'dir') {
      problems.push(
        invalid(`${placeOf(other)} cannot stand in for ${placeOf(first)} on the last line: its names are only hints`),
      );
    }
  }
  return problems;
}

/** The store without its options. */
export function placeOf(uri: StoreUri): string {
  return uri.kind === 'dir' ? `dir:${uri.path}` : `oci://${uri.host}/${uri.repository}`;
}

/** As a person would write it, in one line. */
export function showStoreChain({ tiers }: StoreChain): string {
  return tiers.map((alternatives) => alternatives.map(placeOf).join(' || ')).join(', then ');
}

function joined(problems: readonly WaybillError[]): WaybillError {
  const hints = new Set(problems.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  return invalid(problems.map(({ message }) => message).join('; '), [...hints].join(' '));
}

function invalid(why: string, hint = `Accepted: ${STORE_CHAIN_GRAMMAR}.`): WaybillError {
  return new WaybillError('STORE_URI_INVALID', redact(why), { kind: 'user', hint });
}
