import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Digest, Reference } from '../oci/index.ts';
import { copyImage, type Registry } from '../registry/index.ts';

export interface TagOptions extends IoOptions {
  readonly registry: Registry;
  readonly digest: Digest;
  /** Each with a tag, of this repository or of others. */
  readonly tags: readonly Reference[];
  readonly openRegistry: (
    place: { readonly host: string; readonly repository: string },
    access: 'pull' | 'push',
  ) => Registry;
  readonly clock: RetryClock;
}

/**
 * Points tags at the digest; one that does already is left alone, so that who may only read can take what has its tags. What is of
 * another repository is copied there first, with all that is attached to it.
 */
export async function placeTags({ registry, digest, tags, openRegistry, clock, signal }: TagOptions): Promise<void> {
  const io = signal === undefined ? {} : { signal };
  const copied = new Set<string>();
  for (const { host, repository, tag } of tags) {
    if (tag === undefined) continue;
    const isSame = host === registry.host && repository === registry.repository;
    const target = isSame ? registry : openRegistry({ host, repository }, 'push');
    const place = `${host}/${repository}`;
    if ((await target.manifests.get({ tag }, io))?.descriptor.digest === digest) continue;
    if (!isSame && !copied.has(place)) {
      await copyImage({ from: registry, to: target, root: digest, referrers: 'all', clock, ...io });
      copied.add(place);
    }
    const manifest = await registry.manifests.get({ digest }, io);
    if (manifest === undefined) {
      throw new WaybillError('IMAGE_NOT_WHOLE', `${registry.host}/${registry.repository}@${digest} is gone`, {
        kind: 'integrity',
      });
    }
    await target.manifests.put(manifest.descriptor, manifest.raw, { ...io, tag });
  }
}
