import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of the system that the end-to-end tests use, and how a Debian machine gets them. */
const PACKAGES = {
  busybox: 'busybox-static',
  docker: 'docker.io',
  'docker-registry': 'docker-registry',
  dockerd: 'docker.io',
  openssl: 'openssl',
  runc: 'runc',
  skopeo: 'skopeo',
} as const;

/**
 * Path of a program of the system. A test that lacks its program fails: a skip would look like a success.
 *
 * @throws Error that says how to install it
 */
export function requireProgram(name: keyof typeof PACKAGES): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `${name} is not on PATH. Install it with \`apt-get install ${PACKAGES[name]}\`; .ci/run installs all that the tests need.`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
