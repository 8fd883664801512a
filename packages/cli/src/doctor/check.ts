/** What a check found. */
export interface Check {
  /** A word or two: `store`, `disk space`. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'problem';
  /** What is so, one clause. */
  readonly text: string;
  /** What to do about it; of all that is not ok. */
  readonly hint?: string;
}

export function ok(name: string, text: string): Check {
  return { name, status: 'ok', text };
}

export function warning(name: string, text: string, hint: string): Check {
  return { name, status: 'warning', text, hint };
}

export function problem(name: string, text: string, hint: string): Check {
  return { name, status: 'problem', text, hint };
}
