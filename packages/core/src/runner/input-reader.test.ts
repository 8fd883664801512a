import { describe, expect, test } from '@jest/globals';
import { errorMessage } from '../errors/index.ts';
import { InputReader } from './input-reader.ts';

const reader = (inputs: Readonly<Record<string, string>>) => new InputReader({ input: (name) => inputs[name] ?? '' });
const messageOf = (body: () => void): string => {
  try {
    body();
  } catch (error) {
    return errorMessage(error);
  }
  return '';
};

describe('InputReader', () => {
  test('reads lines without empty ones', () => {
    expect(reader({ a: ' x \n\n  y\r\n' }).lines('a')).toEqual(['x', 'y']);
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['false', false],
    ['', false],
    ['yes', false],
    ['1', false],
  ])('of a classic boolean %j is %s, and never wrong', (text, value) => {
    const inputs = reader({ a: text });
    expect(inputs.classicBoolean('a')).toBe(value);
    expect(() => inputs.finish()).not.toThrow();
  });

  test('of our booleans anything but true and false is wrong', () => {
    const inputs = reader({ a: 'yes' });
    inputs.boolean('a');
    expect(() => inputs.finish()).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', kind: 'user' }));
  });

  test.each(['0', '21', '-1', '1.5', '1e1', 'ten', '９'])('the number %j is wrong between 1 and 20', (text) => {
    const inputs = reader({ a: text });
    inputs.integer('a', { min: 1, max: 20, fallback: 5 });
    expect(() => inputs.finish()).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  test('the ends of a range, and nothing at all, are right', () => {
    const inputs = reader({ a: '1', b: '20' });
    const range = { min: 1, max: 20, fallback: 5 };
    expect([inputs.integer('a', range), inputs.integer('b', range), inputs.integer('c', range)]).toEqual([1, 20, 5]);
    inputs.finish();
  });

  test('one message tells all that is wrong: name, value, what is accepted, an example', () => {
    const inputs = reader({ save: 'sometimes', 'retention-days': 'x'.repeat(100) });
    inputs.choice('save', ['auto', 'never'], 'auto');
    inputs.integer('retention-days', { min: 1, max: 9, fallback: 3 });
    inputs.reject({ name: 'key', value: '', accepted: 'some text', example: 'deps' });
    inputs.reject({ name: 'preset', value: 'npm', why: 'not in this version', accepted: 'nothing yet; leave it out' });
    expect(messageOf(() => inputs.finish())).toBe(
      [
        '4 inputs of this step are wrong:',
        '- save: got "sometimes"; accepted: `auto`, `never`; for example `save: auto`',
        `- retention-days: got "${'x'.repeat(80)}…"; accepted: a whole number from 1 to 9; for example \`retention-days: 3\``,
        '- key: is empty; accepted: some text; for example `key: deps`',
        '- preset: got "npm": not in this version; accepted: nothing yet; leave it out',
      ].join('\n'),
    );
  });
});
