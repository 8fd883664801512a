import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { EOL } from 'node:os';
import { WaybillError } from '../errors/index.ts';

/** `name<<delimiter`, the value, the delimiter (actions/toolkit, packages/core/src/file-command.ts). */
export function formatKeyValue(name: string, value: string, delimiter: string = newDelimiter()): string {
  if (name.includes(delimiter) || value.includes(delimiter)) {
    throw new WaybillError('RUNNER_DELIMITER', `the value of ${name} holds the delimiter of the file command`, {
      kind: 'bug',
    });
  }
  return `${name}<<${delimiter}${EOL}${value}${EOL}${delimiter}`;
}

/**
 * Appends a command to the file that the runner reads after the step.
 * @throws WaybillError `RUNNER_FILE_MISSING`
 */
export function appendFileCommand(path: string, text: string): void {
  // Without this check a wrong path would quietly become a new file that nobody reads.
  if (!existsSync(path)) {
    throw new WaybillError('RUNNER_FILE_MISSING', `the runner's command file ${path} does not exist`, {
      kind: 'remote',
      hint: 'In a job container, check that the runner folder is mounted; else report it to whoever runs the runner.',
    });
  }
  appendFileSync(path, `${text}${EOL}`, 'utf8');
}

/** Not to be guessed, so that no value can end itself early and smuggle in another name. */
function newDelimiter(): string {
  return `ghadelimiter_${randomUUID()}`;
}
