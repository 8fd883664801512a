import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who docker shall be at one host, for one build. */
export interface DockerLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** What docker keeps beside its configuration: builders, contexts, plugins. */
const BESIDE = ['buildx', 'contexts', 'cli-plugins'];

/**
 * A docker configuration of its own that knows this login besides what the user's knows, so that nothing of it stays. Both
 * are files of this user alone.
 * @param folder is made here
 * @returns the variables that name it
 */
export async function loginForBuild(
  folder: string,
  { host, username, password }: DockerLogin,
  { env, home }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): Promise<Readonly<Record<string, string>>> {
  const own = env['DOCKER_CONFIG'] || join(home, '.docker');
  const config = await readJson(join(own, 'config.json'));
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const merged = {
    ...config,
    auths: { ...fieldsOf(config['auths']), [host]: { auth } },
    // Else a store of credentials would be asked, which has none for this host.
    credHelpers: { ...fieldsOf(config['credHelpers']), [host]: '' },
  };
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, 'config.json'), JSON.stringify(merged), { mode: 0o600 });
  for (const name of BESIDE) {
    await mkdir(join(own, name), { recursive: true, mode: 0o700 });
    await symlink(join(own, name), join(folder, name));
  }
  return { DOCKER_CONFIG: folder };
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return fieldsOf(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return {};
  }
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? Object.fromEntries(Object.entries(json))
    : {};
}
