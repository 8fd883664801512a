import { ExitCode } from '../command/index.ts';
import type { Printer } from '../terminal/index.ts';

/** Says that no entry has this key, in a program's way too. */
export function noEntry(print: Printer, key: string, store: string): ExitCode {
  const message = `no entry has the key ${JSON.stringify(key)} in ${store}`;
  print.result({ error: { code: 'NO_ENTRY', message } }, []);
  print.notice(`${message}; \`waybill cache list\` shows what there is`);
  return ExitCode.notFound;
}
