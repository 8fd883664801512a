export { redact } from './redact.ts';
export { type ErrorKind, errorCode, errorMessage, WaybillError, type WaybillErrorOptions } from './waybill-error.ts';
