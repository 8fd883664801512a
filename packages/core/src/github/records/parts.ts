import { PREDICATE_WORDS, type PredicateWord } from '../../intoto/index.ts';

/** One release of a month: the first, or one that goes on where another is full. */
export interface PartName {
  readonly predicate: PredicateWord;
  /** `2026-11`. */
  readonly month: string;
  /** From 1. */
  readonly part: number;
}

/** A release that holds records. */
export interface Part extends PartName {
  readonly id: number;
  /** Assets that are whole. */
  readonly count: number;
  readonly draft: boolean;
}

/** What all tags of such releases start with. */
export const TAG_ROOT = 'waybill/';

const TAG = /^waybill\/([a-z]+)\/(\d{4}-(?:0[1-9]|1[0-2]))(?:\.([1-9]\d{0,4}))?$/;

/** `waybill/provenance/2026-11`, and from the second part on `waybill/provenance/2026-11.2`. */
export function tagOf({ predicate, month, part }: PartName): string {
  return `${TAG_ROOT}${predicate}/${month}${part === 1 ? '' : `.${part}`}`;
}

/** What the tag says; undefined for one that is not of records. */
export function parseTag(tag: string): PartName | undefined {
  const [, word, month, number] = TAG.exec(tag) ?? [];
  const predicate = PREDICATE_WORDS.find((each) => each === word);
  if (predicate === undefined || month === undefined || number === '1') return undefined;
  return { predicate, month, part: Number(number ?? '1') };
}
