export { FINDINGS, type FindingCode, finding } from './findings.ts';
export { parsePlatform } from './platforms.ts';
export type { Finding, LayerCheck, Verification, VerifyOptions } from './types.ts';
export { verifyDigest } from './verify-digest.ts';
