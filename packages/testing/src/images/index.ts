export {
  artifact,
  attestationEntry,
  buildKitIndex,
  cosignImage,
  type FixtureImage,
  type ImageOptions,
  image,
  indexOf,
  LAYER_TYPE,
  type Part,
} from './fixture-image.ts';
export { type Layer, layerOf, tarOf } from './layer-tar.ts';
export { pushImage } from './push-image.ts';
