import { readFile } from 'node:fs/promises';
import { CONFIG_PATH, type Config, parseConfig } from '../config/index.ts';
import type { CommitId, IoOptions } from '../content/index.ts';
import { errorCode, WaybillError } from '../errors/index.ts';
import { type Digest, digestOf } from '../oci/index.ts';
import { type ConfigPlace, fileOf } from './config-place.ts';
import type { Repositories } from './open-repositories.ts';
import type { Repository } from './repository.ts';

/** The configuration, and what records say of it. */
export interface ReadConfig {
  readonly config: Config;
  readonly recorded: {
    /** The commit that it was read from; absent for a file of this machine. */
    readonly commit?: CommitId;
    /** Of the file's bytes. */
    readonly digest: Digest;
  };
}

export interface ReadConfigDeps {
  readonly repositories: Pick<Repositories, 'open' | 'addressOf'>;
  /** The repository that keeps the ledger; undefined where none does, and then nothing stands in its default branch. */
  readonly ledger: Pick<Repository, 'readDefaultBranchFile'> | undefined;
}

/**
 * The configuration at its place. Undefined where the default branch has none; what somebody named must be there.
 * @throws WaybillError `CONFIG_INVALID`, `CONFIG_MISSING` (user), and what the repository throws
 */
export async function readConfig(
  place: ConfigPlace,
  { repositories, ledger }: ReadConfigDeps,
  io?: IoOptions,
): Promise<ReadConfig | undefined> {
  switch (place.kind) {
    case 'default-branch': {
      const file = await ledger?.readDefaultBranchFile(CONFIG_PATH, io);
      return file === undefined ? undefined : parsed(place, file.bytes, file.commit);
    }
    case 'commit': {
      const { repository, commit, path } = place;
      const other = repositories.open(repositories.addressOf(repository));
      const bytes = await other.readFile(commit, path, io).catch((error: unknown) => {
        throw errorCode(error) === 'COMMIT_UNKNOWN'
          ? missing(place, 'the repository has no such commit', error)
          : error;
      });
      if (bytes === undefined) throw missing(place, 'the commit has no such file');
      return parsed(place, bytes, commit);
    }
    case 'file': {
      const bytes = await readFile(place.path).catch((error: unknown) => {
        throw errorCode(error) === 'ENOENT' ? missing(place, 'there is no such file', error) : error;
      });
      return parsed(place, bytes, undefined);
    }
  }
}

function parsed(place: ConfigPlace, bytes: Uint8Array, commit: CommitId | undefined): ReadConfig {
  return {
    config: parseConfig(bytes, fileOf(place)),
    recorded: { ...(commit === undefined ? {} : { commit }), digest: digestOf(bytes) },
  };
}

function missing(place: ConfigPlace, why: string, cause?: unknown): WaybillError {
  return new WaybillError('CONFIG_MISSING', `configuration ${fileOf(place)}: ${why}`, {
    kind: 'user',
    hint: 'What `config` names must be there; leave it out for the default branch.',
    cause,
  });
}
