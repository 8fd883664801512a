import { WaybillError } from '@waybill/core/errors';

/** What an expression may look at: status functions by `status`, contexts by their dotted name (`env.NAME`, `github.token`). */
export interface ExpressionContext {
  readonly status: 'success' | 'failure' | 'cancelled';
  /** The value of `a.b`; undefined reads as the empty string, as on GitHub. */
  readonly lookup: (name: string) => string | undefined;
}

type Value = string | number | boolean | null;

const TOKEN =
  /\s*(?:(\|\||&&|==|!=|[!()])|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))/y;

/**
 * The value of a GitHub expression (without `${{ }}`): `||`, `&&`, `!`, `==`, `!=`, parentheses, literals, contexts and the status
 * functions. Anything else throws `EXPRESSION_UNSUPPORTED`, so that a condition is never silently wrong.
 */
export function evaluateExpression(text: string, context: ExpressionContext): Value {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at];
  const take = (symbol: string) => {
    if (peek()?.symbol !== symbol) return false;
    at++;
    return true;
  };

  function or(): Value {
    let left = and();
    while (take('||')) {
      const right = and();
      left = truthy(left) ? left : right;
    }
    return left;
  }
  function and(): Value {
    let left = equality();
    while (take('&&')) {
      const right = equality();
      left = truthy(left) ? right : left;
    }
    return left;
  }
  function equality(): Value {
    let left = unary();
    for (;;) {
      if (take('==')) left = equal(left, unary());
      else if (take('!=')) left = !equal(left, unary());
      else return left;
    }
  }
  function unary(): Value {
    if (take('!')) return !truthy(unary());
    if (take('(')) {
      const inner = or();
      if (!take(')')) throw unsupported(text);
      return inner;
    }
    const token = tokens[at++];
    if (token === undefined) throw unsupported(text);
    if (token.literal !== undefined) return token.literal;
    if (token.name === undefined) throw unsupported(text);
    if (!take('(')) return named(token.name, context);
    if (!take(')')) throw unsupported(text);
    return statusFunction(token.name, context, text);
  }

  const value = or();
  if (at !== tokens.length) throw unsupported(text);
  return value;
}

/** `text` with each `${{ … }}` replaced by its value. */
export function interpolate(text: string, context: ExpressionContext): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => String(evaluateExpression(inner, context) ?? ''));
}

/** As GitHub converts to a condition: '', 0, false and null do not hold. */
export function truthy(value: Value): boolean {
  return value !== '' && value !== 0 && value !== false && value !== null;
}

interface Token {
  readonly symbol?: string;
  readonly literal?: string | number;
  readonly name?: string;
}

function tokenize(text: string): Token[] {
  const source = text.trim();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (match === null) throw unsupported(text);
    const [, symbol, quoted, number, name] = match;
    if (symbol !== undefined) tokens.push({ symbol });
    else if (quoted !== undefined) tokens.push({ literal: quoted.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ literal: Number(number) });
    else if (name !== undefined) tokens.push({ name });
  }
  return tokens;
}

function named(name: string, context: ExpressionContext): Value {
  if (name === 'true' || name === 'false') return name === 'true';
  if (name === 'null') return null;
  if (name === 'job.status') return context.status;
  return context.lookup(name) ?? '';
}

function statusFunction(name: string, context: ExpressionContext, text: string): boolean {
  switch (name) {
    case 'always':
      return true;
    case 'success':
    case 'failure':
    case 'cancelled':
      return context.status === name;
    default:
      throw unsupported(text);
  }
}

/** Strings compare without regard to case, as on GitHub; other kinds meet as numbers. */
function equal(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a.toLowerCase() === b.toLowerCase();
  return typeof a === typeof b ? a === b : Number(a) === Number(b);
}

function unsupported(text: string): WaybillError {
  return new WaybillError('EXPRESSION_UNSUPPORTED', `The expression \`${text.trim()}\` is beyond this runner.`, {
    kind: 'user',
    hint: 'Use status functions, contexts, literals, ==, !=, !, && and || only, or teach expression.ts the rest.',
  });
}
