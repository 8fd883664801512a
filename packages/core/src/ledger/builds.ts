import type { CommitId, IoOptions, RefStore, RefTip } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import { RECORD } from './channel-entry.ts';
import type { Builds } from './ledger.ts';
import { encodeBuildRecord, parseBuildRecord } from './record-json.ts';
import type { BuildRecord } from './records.ts';
import { buildPrefix, buildRef, commitPrefix, digestPrefix, refComponent } from './ref-name.ts';

/** {@link Builds} over refs. */
export function createBuilds(refs: RefStore): Builds {
  const read = async (ref: string, commit: CommitId, image: string, options?: IoOptions): Promise<BuildRecord> =>
    parse({ ref, commit }, await refs.readFile(commit, RECORD, options), image);

  const parse = ({ ref, commit }: RefTip, file: Uint8Array | undefined, image: string): BuildRecord => {
    const where = `${RECORD} of ${ref} (commit ${commit})`;
    if (file === undefined) {
      throw new WaybillError('RECORD_INVALID', `${where}: there is no such file`, { kind: 'integrity' });
    }
    const record = parseBuildRecord(file, where);
    if (record.image === image && ref.endsWith(`/${refComponent(record.identity)}`)) return record;
    throw new WaybillError('NAMES_DISAGREE', `${where} is of ${record.image}, build ${record.identity}`, {
      kind: 'integrity',
      hint: 'Somebody pointed a ref at the record of another build.',
    });
  };

  const ofDigest = ({ ref }: RefTip, record: BuildRecord, digest: Digest): BuildRecord => {
    if (record.digest === digest) return record;
    throw new WaybillError('NAMES_DISAGREE', `${ref} of ${digest} points at the record of ${record.digest}`, {
      kind: 'integrity',
      hint: 'Somebody pointed a ref at the record of another build.',
    });
  };

  const readAll = async (
    image: string,
    prefix: string,
    options: IoOptions | undefined,
    check: (tip: RefTip, record: BuildRecord) => BuildRecord = (_, record) => record,
  ): Promise<BuildRecord[]> => {
    const tips: RefTip[] = [];
    for await (const tip of refs.list(prefix, options)) tips.push(tip);
    const commits = tips.map(({ commit }) => commit);
    const files = await refs.readFiles(commits, RECORD, options);
    const records = tips.map((tip, i) => check(tip, parse(tip, files[i], image)));
    return records.sort((a, b) => (a.identity < b.identity ? -1 : 1));
  };

  /** Creates the ref unless it stands there already; false where it does. */
  const create = async (ref: string, commit: CommitId, options?: IoOptions): Promise<boolean> =>
    (await refs.resolve(ref, options)) === undefined && refs.move(ref, commit, { ...options, expected: undefined });

  const indexBuild = async (record: BuildRecord, commit: CommitId, options?: IoOptions): Promise<void> => {
    const { image, digest } = record;
    const identity = refComponent(record.identity);
    if (record.commit !== undefined) {
      await create(`${commitPrefix(image, record.commit)}${identity}`, commit, options);
    }
    await create(`${digestPrefix(image, digest)}${identity}`, commit, options);
  };

  return {
    async put(record, options) {
      const file = encodeBuildRecord(record);
      const ref = buildRef(record.image, record.identity);
      let standing = await refs.resolve(ref, options);
      if (standing === undefined) {
        const message = `build of ${record.image}: ${record.digest}\n`;
        const commit = await refs.commit({ files: { [RECORD]: file }, message }, options);
        if (await refs.move(ref, commit, { ...options, expected: undefined })) {
          await indexBuild(record, commit, options);
          return 'created';
        }
        standing = await refs.resolve(ref, options);
        if (standing === undefined) throw gone(ref);
      }
      const found = await read(ref, standing, record.image, options);
      if (found.digest !== record.digest) throw conflict(record, found);
      // Whoever made the record may have ended before these two were made.
      await indexBuild(found, standing, options);
      if (record.commit !== undefined && record.commit !== found.commit) {
        await create(`${commitPrefix(record.image, record.commit)}${refComponent(record.identity)}`, standing, options);
      }
      return 'exists';
    },
    async link(image, identity, commit, options) {
      const ref = buildRef(image, identity);
      const standing = await refs.resolve(ref, options);
      if (standing === undefined) {
        throw new WaybillError('RECORD_UNKNOWN', `there is no record of build ${identity} of ${image}`, {
          kind: 'user',
          hint: 'Record the build first.',
        });
      }
      await read(ref, standing, image, options);
      const linked = await create(`${commitPrefix(image, commit)}${refComponent(identity)}`, standing, options);
      return linked ? 'created' : 'exists';
    },
    async get(image, identity, options) {
      const ref = buildRef(image, identity);
      const commit = await refs.resolve(ref, options);
      return commit === undefined ? undefined : read(ref, commit, image, options);
    },
    list: (image, options) => readAll(image, buildPrefix(image), options),
    byCommit: (image, commit, options) => readAll(image, commitPrefix(image, commit), options),
    byDigest: (image, digest, options) =>
      readAll(image, digestPrefix(image, digest), options, (tip, record) => ofDigest(tip, record, digest)),
    async findByDigest(image, digest, options) {
      for await (const tip of refs.list(digestPrefix(image, digest), options))
        return ofDigest(tip, await read(tip.ref, tip.commit, image, options), digest);
      return undefined;
    },
  };
}

function conflict(wanted: BuildRecord, found: BuildRecord): WaybillError {
  return new WaybillError(
    'RECORD_CONFLICT',
    `build ${wanted.identity} of ${wanted.image}: expected ${wanted.digest}, the ledger has ${found.digest}`,
    {
      kind: 'integrity',
      hint: 'One identity has one digest. Use the digest that is recorded, or give the build another identity.',
    },
  );
}

function gone(ref: string): WaybillError {
  return new WaybillError('RECORD_CONFLICT', `${ref} could not be created, and is not there`, {
    kind: 'remote',
    hint: 'Try again.',
  });
}
