export type { Finding, LayerCheck, Verification, VerifyOptions } from './types.ts';
export { verifyDigest } from './verify-digest.ts';
