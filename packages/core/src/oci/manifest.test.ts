import { describe, expect, test } from '@jest/globals';
import { digestOf } from './digest.ts';
import { parseIndex, parseManifest, successors } from './manifest.ts';
import { MediaType } from './media-types.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const descriptor = (mediaType: string, text: string) => ({ mediaType, digest: digestOf(Buffer.from(text)), size: 4 });

const CONFIG = descriptor('application/vnd.oci.image.config.v1+json', 'conf');
const LAYER = descriptor('application/vnd.oci.image.layer.v1.tar+gzip', 'data');
const manifest = (layers: unknown) => ({
  schemaVersion: 2,
  mediaType: MediaType.imageManifest,
  config: CONFIG,
  layers,
});
const index = (manifests: unknown) => ({ schemaVersion: 2, mediaType: MediaType.imageIndex, manifests });

describe('a list that nothing was put into', () => {
  // `FROM scratch` and a LABEL, as BuildKit 0.25.2 pushes it.
  test('is null where a program in Go wrote it: no layers, no manifests', () => {
    expect(parseManifest(bytes(manifest(null))).value).toMatchObject({ config: CONFIG, layers: [] });
    expect(parseIndex(bytes(index(null))).value.manifests).toEqual([]);
  });

  test.each([
    ['a manifest', manifest(null), MediaType.imageManifest, [CONFIG]],
    ['an index', index(null), MediaType.imageIndex, []],
    ['a manifest with a layer', manifest([LAYER]), MediaType.imageManifest, [CONFIG, LAYER]],
    ['an index with a manifest', index([LAYER]), MediaType.imageIndex, [LAYER]],
  ])('leads nowhere: %s', (_, value, mediaType, expected) => {
    const raw = bytes(value);
    expect(successors({ mediaType, digest: digestOf(raw), size: raw.length }, raw)).toEqual(expected);
  });

  test.each([undefined, {}, 'none', 0])('is neither %j', (list) => {
    const invalid = expect.objectContaining({ code: 'MANIFEST_INVALID' });
    expect(() => parseManifest(bytes(manifest(list)))).toThrow(invalid);
    expect(() => parseIndex(bytes(index(list)))).toThrow(invalid);
  });
});
