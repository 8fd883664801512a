import { errorAdvice, errorMessage, WaybillError } from '../errors/index.ts';

/** An error as an annotation says it: its code as the title; message and hint as the text. A bug shows where it is. */
export function describeError(error: unknown): { readonly title: string; readonly text: string } {
  if (error instanceof WaybillError) {
    return { title: error.code, text: errorAdvice(error) };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { title: 'INTERNAL', text: stack ?? errorMessage(error) };
}
