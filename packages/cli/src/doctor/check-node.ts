import { type Check, ok, problem } from './check.ts';

/** zstd came to node:zlib with this version. */
const WANTED = [22, 15] as const;

/** @param version as `process.versions.node` has it @param hasZstd whether node:zlib really has it */
export function checkNode(version: string, hasZstd: boolean): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1]);
  const hint = `Use Node ${WANTED.join('.')} or newer.`;
  if (old) return problem('node', `this is Node ${version}, at least ${WANTED.join('.')} is needed`, hint);
  if (!hasZstd) return problem('node', `this build of Node ${version} has no zstd`, hint);
  return ok('node', `Node ${version} with zstd`);
}
