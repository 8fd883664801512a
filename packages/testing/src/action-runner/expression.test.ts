import { describe, expect, test } from '@jest/globals';
import { type ExpressionContext, evaluateExpression, interpolate } from './expression.ts';

const context: ExpressionContext = {
  status: 'failure',
  lookup: (name) => ({ 'env.SAVE': 'True', 'github.token': 'tok' })[name],
};

describe('evaluateExpression', () => {
  test.each<[string, unknown]>([
    ["success() || env.SAVE == 'true'", true],
    ["success() && env.SAVE == 'true'", false],
    ['!success() && (failure() || cancelled())', true],
    ['always()', true],
    ["env.MISSING == ''", true],
    ["'it''s' != 'its'", true],
    ["env.MISSING || 'default'", 'default'],
    ['job.status', 'failure'],
    ["'5' == 5", true],
    ['true != false', true],
  ])('%s gives %p', (text, value) => {
    expect(evaluateExpression(text, context)).toBe(value);
  });

  test.each(["hashFiles('a')", 'success(', 'a < b', '(true', 'true true', ''])(
    'refuses %p, which it does not know',
    (text) => {
      expect(() => evaluateExpression(text, context)).toThrow(
        expect.objectContaining({ code: 'EXPRESSION_UNSUPPORTED' }),
      );
    },
  );

  test('interpolate replaces every expression and keeps the rest', () => {
    expect(interpolate('a ${{ github.token }} b ${{ job.status }}', context)).toBe('a tok b failure');
  });
});
