import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WaybillError } from '@waybill/core/errors';

/** The files through which a step talks back, made empty for each step. */
export interface FileCommands {
  /** `GITHUB_OUTPUT` and the like, by name. */
  readonly env: Readonly<Record<string, string>>;
  read(): Promise<{
    readonly outputs: Record<string, string>;
    readonly state: Record<string, string>;
    readonly env: Record<string, string>;
    readonly path: readonly string[];
    readonly summary: string;
  }>;
}

const NAMES = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const;

/** Makes the files in `folder` (which is made as well); `owner` may write them. */
export async function createFileCommands(
  folder: string,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<FileCommands> {
  await mkdir(folder, { recursive: true });
  const env: Record<string, string> = {};
  for (const name of NAMES) {
    const file = join(folder, name.toLowerCase());
    await writeFile(file, '');
    await chmod(file, 0o600);
    if (owner !== undefined) await chown(file, owner.uid, owner.gid);
    env[name] = file;
  }
  const content = (name: (typeof NAMES)[number]) => readFile(env[name] ?? '', 'utf8');
  return {
    env,
    read: async () => ({
      outputs: parseKeyValues(await content('GITHUB_OUTPUT')),
      state: parseKeyValues(await content('GITHUB_STATE')),
      env: parseKeyValues(await content('GITHUB_ENV')),
      path: (await content('GITHUB_PATH')).split(/\r?\n/).filter((line) => line !== ''),
      summary: await content('GITHUB_STEP_SUMMARY'),
    }),
  };
}

/**
 * `name=value` lines and `name<<DELIMITER` blocks. Throws `FILE_COMMAND_INVALID` where GitHub's runner would fail the step:
 * a line that is neither, a name that is empty, a block that does not end.
 */
export function parseKeyValues(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (block > 0 && (equals < 0 || block < equals)) {
      const delimiter = line.slice(block + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (delimiter === '' || end < 0) throw invalid(line, 'the delimiter that ends its block');
      values[line.slice(0, block)] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else if (equals > 0) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
    } else {
      throw invalid(line, '`name=value` or `name<<DELIMITER`');
    }
  }
  return values;
}

function invalid(line: string, expected: string): WaybillError {
  return new WaybillError('FILE_COMMAND_INVALID', `A file command reads \`${line}\`; expected ${expected}.`, {
    kind: 'bug',
  });
}
