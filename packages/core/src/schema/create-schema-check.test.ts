import { describe, expect, test } from '@jest/globals';
import { createSchemaCheck } from './create-schema-check.ts';

const check = createSchemaCheck({
  type: 'object',
  required: ['version'],
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    adopt: { enum: ['same-ref', 'any'] },
    soak: { type: 'string', pattern: '^\\d+h$', description: 'a duration such as 1h' },
    store: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      description: 'a store, or a list of them',
    },
    images: {
      type: 'object',
      propertyNames: { type: 'string', pattern: '/', description: 'an image' },
      additionalProperties: { $ref: '#/$defs/image' },
    },
  },
  $defs: {
    image: {
      type: 'object',
      additionalProperties: false,
      properties: { tags: { type: 'array', items: { type: 'string' }, uniqueItems: true }, adopt: { type: 'string' } },
    },
  },
});

describe('a check by a schema', () => {
  test('finds nothing in what is as it says', () => {
    const images = { 'a/b': { tags: ['x'], adopt: 'any' } };
    expect(check({ version: 1, adopt: 'any', soak: '1h', store: ['x'], images })).toEqual([]);
  });

  test.each([
    [{}, { kind: 'missing-field', path: [], field: 'version' }],
    [[], { kind: 'wrong-value', path: [], expected: 'a map' }],
    [{ version: 2 }, { kind: 'wrong-value', path: ['version'], expected: '1' }],
    [
      { version: 1, adopt: 'all' },
      { kind: 'wrong-value', path: ['adopt'], expected: 'one of "same-ref", "any"' },
    ],
    [
      { version: 1, soak: '1' },
      { kind: 'wrong-value', path: ['soak'], expected: 'a duration such as 1h' },
    ],
    [
      { version: 1, store: 3 },
      { kind: 'wrong-value', path: ['store'], expected: 'a store, or a list of them' },
    ],
    [
      { version: 1, store: [3] },
      { kind: 'wrong-value', path: ['store'], expected: 'a store, or a list of them' },
    ],
    [
      { version: 1, images: { a: {} } },
      { kind: 'wrong-name', path: ['images'], field: 'a', expected: 'an image' },
    ],
    [
      { version: 1, images: { 'a/~b': { tags: [1] } } },
      { kind: 'wrong-value', path: ['images', 'a/~b', 'tags', '0'], expected: 'text' },
    ],
    [
      { version: 1, images: { 'a/b': { tags: ['x', 'x'] } } },
      { kind: 'wrong-value', path: ['images', 'a/b', 'tags'], expected: 'each item once' },
    ],
    [
      { version: 1, images: { 'a/b': { tag: 'x' } } },
      { kind: 'unknown-field', path: ['images', 'a/b'], field: 'tag', known: ['tags', 'adopt'] },
    ],
  ])('says what is wrong in %j', (value, problem) => {
    expect(check(value)).toEqual([problem]);
  });

  test('says all that is wrong at once, each place once', () => {
    const problems = check({ adopt: 1, images: { a: 1, 'a/b': { x: 1, y: 1 } } });
    expect(problems.map(({ kind, path }) => `${kind} ${path.join('.')}`).sort()).toEqual([
      'missing-field ',
      'unknown-field images.a/b',
      'unknown-field images.a/b',
      'wrong-name images',
      'wrong-value adopt',
      'wrong-value images.a',
    ]);
  });

  test('takes a field named as what every object has for unknown', () => {
    const json: unknown = JSON.parse('{"version":1,"__proto__":1,"constructor":1}');
    expect(check(json).map((problem) => 'field' in problem && problem.field)).toEqual(['__proto__', 'constructor']);
  });

  test('refuses a schema with a mistake', () => {
    expect(() => createSchemaCheck({ type: 'object', requird: ['a'] })({})).toThrow(/unknown keyword/);
  });
});
