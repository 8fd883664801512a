import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeSpan } from './markdown.ts';

describe('codeSpan', () => {
  test.each([
    ['plain', '`plain`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['``x', '``` ``x ```'],
    ['a|b', '`a\\|b`'],
    ['two\nlines\t<b>', '`two lines <b>`'],
    ['', ''],
    ['x'.repeat(300), `\`${'x'.repeat(200)}…\``],
  ])('%j is %j', (text, span) => {
    expect(codeSpan(text)).toBe(span);
  });

  test('nothing in the text ends the span before its end', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', '|', ' ', '\n') }), (text) => {
        const span = codeSpan(text);
        if (span === '') return;
        const fence = /^`+/.exec(span)?.[0] ?? '';
        const inner = span.slice(fence.length, -fence.length);
        expect(inner.split(/[^`]+/).filter((run) => run.length === fence.length)).toEqual([]);
        expect(inner).not.toMatch(/\n/);
        expect(inner).not.toMatch(/(?<!\\)\|/);
      }),
    );
  });
});
