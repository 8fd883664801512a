import type { ImageRule } from '../config/index.ts';
import type { KeySource } from '../keys/index.ts';
import type { Reference } from '../oci/index.ts';
import type { BuildOptions } from './buildx/build-options.ts';
import type { IdentityKind } from './identity/build-source.ts';
import type { ImageMode, ImagePlace } from './obtain/image-request.ts';

/** Whose builds are taken. */
export type Adopt = ImageRule['adopt'];

/** What somebody asks for: a step's inputs, or a command line. */
export interface ImageOrder {
  readonly place: ImagePlace;
  readonly mode: ImageMode;
  readonly options: BuildOptions;
  /** None: one is derived. */
  readonly tags: readonly Reference[];
  readonly push: boolean;
  readonly identity: IdentityKind;
  /** Of `inputs`: what the image depends on. */
  readonly identityFrom: readonly KeySource[];
  /** `same-ref`: what a pull request built is taken on its own ref only. Undefined: as the configuration says. */
  readonly adopt: Adopt | undefined;
  readonly attach: boolean;
  readonly waitMinutes: number;
}
