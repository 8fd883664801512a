import { WaybillError } from '../errors/index.ts';
import type { Runner } from './runner.ts';

/** What is wrong with one input, in the words that its reader sees. */
export interface InputProblem {
  readonly name: string;
  readonly value: string;
  /** What is wrong with the value, where `accepted` does not say it. */
  readonly why?: string;
  /** What would have been right: a clause without a stop. */
  readonly accepted: string;
  /** A value that would have been right; none where the input is best left out. */
  readonly example?: string;
}

const SHOWN = 80;

/**
 * Reads the inputs of a step and gathers what is wrong with them, so that one message tells all of it. Each reading
 * returns a usable value even where the input is wrong; {@link InputReader.finish} then throws.
 */
export class InputReader {
  readonly #runner: Pick<Runner, 'input'>;
  readonly #problems: InputProblem[] = [];

  constructor(runner: Pick<Runner, 'input'>) {
    this.#runner = runner;
  }

  /** The input, trimmed; empty where it was not given. */
  text(name: string): string {
    return this.#runner.input(name);
  }

  /** Its lines, trimmed, without empty ones. */
  lines(name: string): readonly string[] {
    return this.text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  /** An input that `actions/cache` has as well: `true` in any case is true, everything else is false, as there. */
  classicBoolean(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }

  /** `true` or `false` in any case; empty is false. */
  boolean(name: string): boolean {
    const text = this.text(name).toLowerCase();
    if (text !== '' && text !== 'true' && text !== 'false') {
      this.reject({ name, value: this.text(name), accepted: '`true` or `false`', example: 'true' });
    }
    return text === 'true';
  }

  /** One of these words; `fallback` where the input was not given. */
  choice<T extends string>(name: string, words: readonly T[], fallback: T): T {
    const text = this.text(name);
    if (text === '') return fallback;
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    this.reject({ name, value: text, accepted: words.map((each) => `\`${each}\``).join(', '), example: fallback });
    return fallback;
  }

  /** A whole number from `min` to `max`; `fallback` where the input was not given. */
  integer(name: string, range: { readonly min: number; readonly max: number; readonly fallback: number }): number {
    const text = this.text(name);
    if (text === '') return range.fallback;
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    this.reject({
      name,
      value: text,
      accepted: `a whole number from ${range.min} to ${range.max}`,
      example: String(range.fallback),
    });
    return range.fallback;
  }

  reject(problem: InputProblem): void {
    this.#problems.push(problem);
  }

  /** @throws WaybillError `INPUT_INVALID`, with every problem in it, where there was one */
  finish(): void {
    const count = this.#problems.length;
    if (count === 0) return;
    const lines = this.#problems.map(problemLine);
    const heading = count === 1 ? 'an input of this step is wrong' : `${count} inputs of this step are wrong`;
    throw new WaybillError('INPUT_INVALID', `${heading}:\n${lines.join('\n')}`, {
      kind: 'user',
      hint: "Correct the step's `with:`; the README of the action lists every input.",
    });
  }
}

function problemLine({ name, value, why, accepted, example }: InputProblem): string {
  const found = value === '' ? 'is empty' : `got ${shown(value)}`;
  const parts = [why === undefined ? found : `${found}: ${why}`, `accepted: ${accepted}`];
  if (example !== undefined) parts.push(`for example \`${name}: ${example}\``);
  return `- ${name}: ${parts.join('; ')}`;
}

function shown(value: string): string {
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
}
