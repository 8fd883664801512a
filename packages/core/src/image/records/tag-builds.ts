import { base32hex, fetchAll, hashFields, type IoOptions } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { type BuildRecord, type Builds, encodeBuildRecord, parseBuildRecord } from '../../ledger/index.ts';
import {
  type Descriptor,
  describe,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  encodeManifest,
  MediaType,
  parseManifest,
} from '../../oci/index.ts';
import { type Registry, registryStore } from '../../registry/index.ts';

/** The artifact type of a manifest that holds the record of a build; also the media type of its only layer. */
export const BUILD_RECORD_TYPE = 'application/vnd.waybill.build-record.v1+json';

const MAX_RECORD_BYTES = 1024 * 1024;
const DIGITS = 24;

/**
 * Records of builds by tags of a repository: `b.<image and identity>` is a record, `k.<image and commit>.<identity>` and
 * `d.<image and digest>.<identity>` point at the same manifest; each part 24 digits (base32hex) of a sha256. A hint: a
 * registry compares and sets no tag, so of two that record at once the last one stands.
 */
export function tagBuilds(registry: Registry): Builds {
  const store = registryStore(registry);

  /** @param image that it must be of; undefined: any */
  const read = async (tag: string, image: string | undefined, options?: IoOptions): Promise<Stored | undefined> => {
    const found = await registry.manifests.get({ tag }, options);
    if (found === undefined) return undefined;
    const where = `tag ${tag} of ${registry.host}/${registry.repository}`;
    const layer = recordLayer(found.raw, where);
    const bytes = await fetchAll(store, layer, { ...options, maxBytes: MAX_RECORD_BYTES }).catch((error: unknown) => {
      throw errorCode(error) === 'BLOB_UNKNOWN' ? invalid(where, 'its blob is gone') : error;
    });
    const record = parseBuildRecord(bytes, where);
    if (
      (image !== undefined && record.image !== image) ||
      !tagsOf(record).some((own) => own === tag || sameEnd(own, tag))
    ) {
      throw invalid(where, `it is of ${record.image}, build ${record.identity}`);
    }
    return { record, raw: found.raw, descriptor: found.descriptor };
  };

  const readAll = async (prefix: string, image: string, options?: IoOptions): Promise<readonly BuildRecord[]> => {
    const records: BuildRecord[] = [];
    for await (const page of registry.tags(options)) {
      for (const tag of page.filter((each) => each.startsWith(prefix))) {
        const stored = await read(tag, image, options);
        if (stored !== undefined) records.push(stored.record);
      }
    }
    return records.sort((a, b) => (a.identity < b.identity ? -1 : 1));
  };

  const byDigest: Builds['byDigest'] = async (image, digest, options) => {
    const records = await readAll(`d.${digits(image, digest)}.`, image, options);
    return records.filter((record) => record.digest === digest);
  };

  /** Sets those of these tags that do not stand; true where one was set. */
  const point = async ({ descriptor, raw }: Stored, tags: readonly string[], options?: IoOptions): Promise<boolean> => {
    let set = false;
    for (const tag of tags) {
      if ((await registry.manifests.head({ tag }, options)) !== undefined) continue;
      await registry.manifests.put(descriptor, raw, { ...options, tag });
      set = true;
    }
    return set;
  };

  return {
    async put(record, options) {
      const [own = '', ...others] = tagsOf(record);
      const bytes = encodeBuildRecord(record);
      const standing = await read(own, record.image, options);
      if (standing !== undefined) {
        if (standing.record.digest !== record.digest) throw conflict(record, standing.record);
        await point(standing, [...tagsOf(standing.record), ...others], options);
        return 'exists';
      }
      const layer = describe(BUILD_RECORD_TYPE, bytes, { 'org.opencontainers.image.title': 'record.json' });
      const { raw, descriptor } = encodeManifest({
        schemaVersion: 2,
        mediaType: MediaType.imageManifest,
        artifactType: BUILD_RECORD_TYPE,
        config: EMPTY_DESCRIPTOR,
        layers: [layer],
      });
      await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON, options);
      await store.push(layer, bytes, options);
      await registry.manifests.put(descriptor, raw, { ...options, tag: own });
      await point({ record, raw, descriptor }, others, options);
      const after = await read(own, record.image, options);
      if (after !== undefined && after.record.digest !== record.digest) throw conflict(record, after.record);
      return 'created';
    },
    async link(image, identity, commit, options) {
      const standing = await read(recordTag(image, identity), image, options);
      if (standing === undefined) {
        throw new WaybillError('RECORD_UNKNOWN', `there is no record of build ${identity} of ${image}`, {
          kind: 'user',
          hint: 'Record the build first.',
        });
      }
      return (await point(standing, [commitTag(image, commit, identity)], options)) ? 'created' : 'exists';
    },
    get: async (image, identity, options) => (await read(recordTag(image, identity), image, options))?.record,
    async list(image, options) {
      const records: BuildRecord[] = [];
      for await (const page of registry.tags(options)) {
        for (const tag of page.filter((each) => /^b\.[0-9a-v]{24}$/.test(each))) {
          // Of another image of the same repository: not asked for.
          const stored = await read(tag, undefined, options);
          if (stored?.record.image === image) records.push(stored.record);
        }
      }
      return records.sort((a, b) => (a.identity < b.identity ? -1 : 1));
    },
    byCommit: (image, commit, options) => readAll(`k.${digits(image, commit)}.`, image, options),
    byDigest,
    findByDigest: async (image, digest, options) => (await byDigest(image, digest, options))[0],
  };
}

interface Stored {
  readonly record: BuildRecord;
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

/** The tag that a record stands under. */
export function recordTag(image: string, identity: string): string {
  return `b.${digits(image, identity)}`;
}

function commitTag(image: string, commit: string, identity: string): string {
  return `k.${digits(image, commit)}.${digits(identity)}`;
}

/** The record's own tag first. */
function tagsOf({ image, identity, digest, commit }: BuildRecord): readonly string[] {
  return [
    recordTag(image, identity),
    `d.${digits(image, digest)}.${digits(identity)}`,
    ...(commit === undefined ? [] : [commitTag(image, commit, identity)]),
  ];
}

/** A commit that reused the build has a tag that ends as the record's own ones do. */
function sameEnd(own: string, tag: string): boolean {
  return own.startsWith('d.') && tag.startsWith('k.') && own.split('.')[2] === tag.split('.')[2];
}

function digits(...fields: readonly string[]): string {
  return base32hex(Buffer.from(hashFields(fields), 'hex')).slice(0, DIGITS);
}

function recordLayer(raw: Uint8Array, where: string): Descriptor {
  try {
    const { artifactType, layers } = parseManifest(raw).value;
    const [layer] = layers;
    if (artifactType === BUILD_RECORD_TYPE && layer !== undefined) return layer;
  } catch {
    // Said below, with where it stands.
  }
  throw invalid(where, 'it is no record of a build');
}

function invalid(where: string, why: string): WaybillError {
  return new WaybillError('RECORD_INVALID', `${where}: ${why}`, {
    kind: 'integrity',
    hint: 'Somebody moved that tag by other means than Waybill. Delete it, and the next run builds and records anew.',
  });
}

function conflict(wanted: BuildRecord, found: BuildRecord): WaybillError {
  return new WaybillError(
    'RECORD_CONFLICT',
    `build ${wanted.identity} of ${wanted.image}: expected ${wanted.digest}, the registry has a record of ${found.digest}`,
    {
      kind: 'integrity',
      hint: 'One identity has one digest. Use the digest that is recorded, or give the build another identity.',
    },
  );
}
