import { WaybillError } from '@waybill/core/errors';

/** The command line is wrong. Ends with exit code 2. */
export function usageError(message: string, hint: string): WaybillError {
  return new WaybillError('USAGE', message, { kind: 'user', hint });
}

/** Where to read about a verb. @param verb as it is called (`cache save`); empty for the program itself */
export function seeHelp(verb: string): string {
  return `See \`waybill ${verb === '' ? '' : `${verb} `}--help\`.`;
}
