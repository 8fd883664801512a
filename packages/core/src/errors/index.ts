export { nearest } from './nearest.ts';
export { redact } from './redact.ts';
export {
  type ErrorKind,
  errorAdvice,
  errorCode,
  errorMessage,
  WaybillError,
  type WaybillErrorOptions,
} from './waybill-error.ts';
