import { errorCode, WaybillError } from '@waybill/core/errors';
import { ExitCode } from '../command/index.ts';
import type { Printer } from '../terminal/index.ts';

/** Runs it; that the image is not there is an answer, in a program's way too. */
export async function orNotThere(print: Printer, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof WaybillError) || errorCode(error) !== 'MANIFEST_UNKNOWN') throw error;
    const { code, message, hint } = error;
    if (print.json) print.result({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }, []);
    print.error(error);
    return ExitCode.notFound;
  }
}
