import { describe, expect, test } from '@jest/globals';
import { parseGiven } from './parse-given.ts';
import type { VerbTable } from './verb.ts';

const table = {
  name: 'cache save',
  summary: 'save',
  about: [],
  positionals: [
    { name: 'KEY', help: 'the key', required: true },
    { name: 'PATH', help: 'paths', required: false, rest: true },
  ],
  options: {
    store: { type: 'text', value: 'URI', help: 'where' },
    level: { type: 'text', value: 'LEVEL', default: 'auto', help: 'how much' },
    ref: { type: 'list', value: 'REF', short: 'r', help: 'of what' },
    days: { type: 'integer', value: 'DAYS', min: 1, max: 9, default: 5, help: 'how long' },
    unsigned: { type: 'choice', choices: ['allow', 'warn', 'refuse'], default: 'warn', help: 'what then' },
    json: { type: 'flag', help: 'JSON' },
  },
  examples: [],
  exitCodes: {},
} as const satisfies VerbTable;

const parse = (...args: string[]) => parseGiven(table, args);

describe('a command line', () => {
  test('without options has their defaults', () => {
    expect(parse('k')).toEqual({
      values: { store: undefined, level: 'auto', ref: [], days: 5, unsigned: 'warn', json: false },
      positionals: ['k'],
    });
  });

  test('may have options anywhere, joined or apart, short or long, and repeated', () => {
    const { values, positionals } = parse(
      '--json',
      'k',
      '--store=dir:x',
      'a',
      '-r',
      'main',
      '--ref',
      'other',
      '--days',
      '9',
    );
    expect(values).toMatchObject({ store: 'dir:x', ref: ['main', 'other'], days: 9, json: true });
    expect(positionals).toEqual(['k', 'a']);
  });

  test('takes all after -- as it stands', () => {
    expect(parse('k', '--', '--json', '-x').positionals).toEqual(['k', '--json', '-x']);
  });

  test.each([
    [['k', '--stroe', 'x'], 'there is no option --stroe, did you mean --store?'],
    [['k', '--wholly-unknown'], 'there is no option --wholly-unknown'],
    [['k', '-z'], 'there is no option -z'],
    [['k', '--store'], '--store needs a value: --store URI'],
    [['k', '--store', '--json'], '--store needs a value: --store URI'],
    [['k', '--json=yes'], '--json takes no value'],
    [['k', '--days', '10'], '--days is "10", expected a whole number from 1 to 9'],
    [['k', '--days', '1.5'], '--days is "1.5", expected a whole number from 1 to 9'],
    [['k', '--unsigned', 'refuze'], '--unsigned is "refuze", did you mean refuse?'],
    [['k', '--unsigned', 'x'], '--unsigned is "x", expected one of allow, warn, refuse'],
    [[], 'KEY is missing (the key)'],
    [[''], 'KEY is missing (the key)'],
    [['k', '--toString', 'x'], 'there is no option --toString'],
  ])('%j is wrong: %s', (args, problem) => {
    expect(() => parse(...args)).toThrow(problem);
  });

  test('is told all that is wrong with it at once', () => {
    expect(() => parse('--stroe', '--days')).toThrow(/--stroe.*--days needs a value.*KEY is missing/);
  });

  test('may not have more words than the verb takes', () => {
    const one = { ...table, positionals: [{ name: 'KEY', help: 'the key', required: false }] } as const;
    expect(() => parseGiven(one, ['a', 'b'])).toThrow('"b" is one word too many');
  });

  test('takes what begins with a dash where it is joined to its option', () => {
    expect(parse('k', '--store=-x').values.store).toBe('-x');
  });
});
