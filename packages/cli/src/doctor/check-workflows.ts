import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@waybill/core/errors';
import { formatCount } from '../terminal/index.ts';
import { type Check, ok, problem } from './check.ts';

const WORKFLOWS = '.github/workflows';

/**
 * Whether what is checked out can be read: the workflows as YAML, `.github/waybill.yml` by its schema. What counts in a run is the
 * file of the default branch.
 * @param folder absolute: the top of a checkout. Where nothing of it is there, there is nothing to tell
 */
export async function checkWorkflows(folder: string): Promise<readonly Check[]> {
  const { CONFIG_PATH, findYamlFaults, parseConfig } = await import('@waybill/core/config');
  const names = (await entriesOf(join(folder, WORKFLOWS))).filter((name) => /\.ya?ml$/.test(name)).sort();
  const config = await contentOf(join(folder, CONFIG_PATH));
  if (names.length === 0 && config === undefined) return [];
  const checks: Check[] = [];
  for (const name of names) {
    const text = new TextDecoder().decode(await contentOf(join(folder, WORKFLOWS, name)));
    const [fault] = findYamlFaults(text);
    if (fault === undefined) continue;
    const place = `${WORKFLOWS}/${name}:${fault.line}:${fault.column}`;
    checks.push(
      problem('workflows', `${place}: ${fault.message}`, 'Mend it: GitHub runs no workflow that is no YAML.'),
    );
  }
  if (names.length > 0 && checks.length === 0)
    checks.push(ok('workflows', `${formatCount(names.length, 'file')} of ${WORKFLOWS} can be read`));
  if (config !== undefined) checks.push(checkConfig(() => parseConfig(config, CONFIG_PATH), CONFIG_PATH));
  return checks;
}

function checkConfig(parse: () => unknown, file: string): Check {
  try {
    parse();
    return ok('config', `${file} is in order`);
  } catch (error) {
    return problem('config', errorMessage(error), 'docs/config.md tells every field.');
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  });
}

async function contentOf(file: string): Promise<Uint8Array | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
}
