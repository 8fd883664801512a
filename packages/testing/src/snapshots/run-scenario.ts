import { execFile } from 'node:child_process';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

/** `nobody` on every system that has one. */
const NOBODY = 65_534;

export interface ScenarioOptions {
  readonly args?: readonly string[];
  /** Runs as a user to whom read-only means something: `nobody` where this process is root's. */
  readonly asOrdinaryUser?: boolean;
  /** For Node itself. */
  readonly nodeArgs?: readonly string[];
}

/**
 * Runs one of this room's scenarios in a process of its own and gives the JSON that it prints.
 * @throws what `execFile` does where it does not end with 0
 */
export async function runScenario(
  name: 'ordinary-user' | 'sparse-file',
  { args = [], asOrdinaryUser = false, nodeArgs = [] }: ScenarioOptions = {},
): Promise<unknown> {
  const file = join(import.meta.dirname, name + extname(import.meta.filename));
  const user = asOrdinaryUser && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const argv = ['--conditions=source', ...nodeArgs, file, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, argv, user);
  return JSON.parse(stdout);
}
