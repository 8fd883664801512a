/** Where a use case tells people what happens. Text from outside is quoted by the caller of these. */
export interface CacheLog {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
}

/** A key, a path or other text from outside, on one line and visibly apart from ours. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
