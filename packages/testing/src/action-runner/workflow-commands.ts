/** A notice, warning or error as it would stand on the run's page. */
export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly title: string | undefined;
  readonly message: string;
  /** The other properties: `file`, `line`, … */
  readonly properties: Readonly<Record<string, string>>;
}

export interface WorkflowCommands {
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
}

const COMMAND = /^::([a-z-]+)(?: (.*?))?::(.*)$/;

/** The commands in a step's stdout, read as GitHub's runner reads them; `stop-commands` is obeyed. */
export function parseWorkflowCommands(stdout: string): WorkflowCommands {
  const annotations: Annotation[] = [];
  const masks: string[] = [];
  let resume: string | undefined;
  for (const line of stdout.split(/\r?\n/)) {
    const match = COMMAND.exec(line.trimStart());
    if (match === null) continue;
    const [, name = '', rawProperties = '', rawMessage = ''] = match;
    if (resume !== undefined) {
      if (name === resume) resume = undefined;
      continue;
    }
    const message = unescapeData(rawMessage);
    if (name === 'stop-commands') resume = message;
    else if (name === 'add-mask') masks.push(message);
    else if (name === 'notice' || name === 'warning' || name === 'error') {
      const { title, ...properties } = parseProperties(rawProperties);
      annotations.push({ level: name, title, message, properties });
    }
  }
  return { annotations, masks };
}

function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    if (equals > 0) {
      const value = pair
        .slice(equals + 1)
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',');
      properties[pair.slice(0, equals).trim()] = unescapeData(value);
    }
  }
  return properties;
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
