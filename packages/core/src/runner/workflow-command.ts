/** Properties of a workflow command; those that are undefined or empty are left out. */
export type CommandProperties = Readonly<Record<string, string | undefined>>;

/**
 * One line `::name key=value,…::message` for the runner (actions/toolkit, packages/core/src/command.ts), without its end.
 * Whatever the message holds, it stays one line and one command.
 */
export function formatCommand(name: string, message: string, properties: CommandProperties = {}): string {
  const list = Object.entries(properties)
    .flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${escapeProperty(value)}`]))
    .join(',');
  return `::${name}${list === '' ? '' : ` ${list}`}::${escapeData(message)}`;
}

/**
 * Text for a plain log line that the runner must not read as a command: it takes `::` at the start of a line, and `##[`
 * anywhere in it (actions/runner, ActionCommand.cs), and text from outside may hold both.
 */
export function plainText(text: string): string {
  return text.replaceAll('##[', '## [').replace(/^([^\S\n]*):(?=:)/gm, '$1: ');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
