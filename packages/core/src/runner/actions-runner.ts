import { appendFileSync, existsSync } from 'node:fs';
import { EOL } from 'node:os';
import { delimiter } from 'node:path';
import { redact } from '../errors/index.ts';
import { describeError } from './describe-error.ts';
import { appendFileCommand, formatKeyValue } from './file-command.ts';
import type { Host } from './host.ts';
import type { AnnotationOptions, Runner } from './runner.ts';
import { type CommandProperties, formatCommand, plainText } from './workflow-command.ts';

/**
 * The runner of GitHub Actions, spoken to by its file commands and by lines on standard output, byte for byte as
 * `@actions/core` does (docs/adr/0003-runner-commands.md), and by the old commands where a runner gives no files.
 */
export function createActionsRunner(host: Pick<Host, 'env' | 'stdout' | 'exitCode'>): Runner {
  const { env, stdout } = host;
  const secrets: string[] = [];

  const line = (text: string) => stdout.write(text + EOL);
  const command = (name: string, message: string, properties?: CommandProperties) =>
    line(formatCommand(name, message, properties));
  const annotate = (level: string, message: string, options: AnnotationOptions | undefined) =>
    command(level, redact(message, secrets), {
      title: options?.title === undefined ? undefined : redact(options.title, secrets),
    });
  const keyValue = (file: string | undefined, oldCommand: string, name: string, value: string) => {
    if (file) appendFileCommand(file, formatKeyValue(name, value));
    else command(oldCommand, value, { name });
  };

  const runner: Runner = {
    input: (name) => (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim(),
    state: (name) => env[`STATE_${name}`] ?? '',
    setOutput: (name, value) => {
      // The old command must start a line, and what was printed before may not have ended its own.
      if (!env['GITHUB_OUTPUT']) stdout.write(EOL);
      keyValue(env['GITHUB_OUTPUT'], 'set-output', name, value);
    },
    saveState: (name, value) => keyValue(env['GITHUB_STATE'], 'save-state', name, value),
    exportVariable: (name, value) => {
      env[name] = value;
      keyValue(env['GITHUB_ENV'], 'set-env', name, value);
    },
    addPath: (folder) => {
      const file = env['GITHUB_PATH'];
      if (file) appendFileCommand(file, folder);
      else command('add-path', folder);
      env['PATH'] = `${folder}${delimiter}${env['PATH'] ?? ''}`;
    },
    mask: (value) => {
      if (value === '' || secrets.includes(value)) return;
      secrets.push(value);
      command('add-mask', value);
    },
    info: (message) => line(plainText(redact(message, secrets))),
    notice: (message, options) => annotate('notice', message, options),
    warning: (message, options) => annotate('warning', message, options),
    error: (message, options) => annotate('error', message, options),
    group: async (title, body) => {
      command('group', redact(title, secrets));
      try {
        return await body();
      } finally {
        command('endgroup', '');
      }
    },
    summary: (markdown) => {
      const file = env['GITHUB_STEP_SUMMARY'];
      if (file && existsSync(file)) appendFileSync(file, `${redact(markdown, secrets)}${EOL}`, 'utf8');
    },
    failed: (error) => {
      const { title, text } = describeError(error);
      runner.error(text, { title });
      host.exitCode = 1;
    },
  };
  return runner;
}
