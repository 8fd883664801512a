import type { IoOptions } from '../content/index.ts';
import { MismatchError, verifyStream } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Descriptor, isForeign, MAX_MANIFEST_BYTES, MediaType } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import { finding } from './findings.ts';
import type { Finding, LayerCheck } from './types.ts';

/** A blob of the image, and what it is to the manifest that names it. */
export interface BlobUse {
  readonly descriptor: Descriptor;
  readonly role: 'config' | 'layer';
  /** Where it stands, for people: `layer 2 of linux/amd64`. */
  readonly place: string;
  /** Whether its bytes are wanted: an image's config tells the platform. */
  readonly read: boolean;
}

export interface BlobOutcome {
  readonly finding?: Finding;
  /** Verified; where they were wanted. */
  readonly bytes?: Uint8Array;
  /** How many were hashed. */
  readonly hashed: number;
}

/** Configs of more bytes are not read, only asked for. */
const MAX_CONFIG_BYTES = MAX_MANIFEST_BYTES;

/** Whether the config is an image's, which names its platform. */
export function isImageConfig({ mediaType, size }: Descriptor): boolean {
  return size <= MAX_CONFIG_BYTES && (mediaType === MediaType.imageConfig || mediaType === MediaType.dockerConfig);
}

/** Looks at a blob: read and hashed where its bytes are wanted or everything is, else asked for. */
export async function checkBlob(
  registry: Registry,
  use: BlobUse,
  layers: LayerCheck,
  io: IoOptions,
): Promise<BlobOutcome> {
  const { descriptor, role, place } = use;
  const { digest, size } = descriptor;
  const about = { subject: digest };
  if (!use.read && layers !== 'rehash') {
    const found = await registry.blobs.head(digest, io);
    if (found === undefined) return { finding: missing(registry, use), hashed: 0 };
    if (found === size || found === -1) return { hashed: 0 };
    const message = `the registry has ${digest} (${place}) with another size`;
    return {
      finding: finding(`${role}-size-mismatch`, { ...about, message, expected: String(size), found: String(found) }),
      hashed: 0,
    };
  }
  const pieces: Uint8Array[] = [];
  let hashed = 0;
  try {
    const stream = verifyStream(descriptor, await registry.blobs.fetch(descriptor, io));
    for await (const piece of stream) {
      hashed += piece.byteLength;
      if (use.read) pieces.push(piece);
    }
    return { hashed, ...(use.read ? { bytes: Buffer.concat(pieces) } : {}) };
  } catch (error) {
    if (errorCode(error) === 'BLOB_UNKNOWN') return { finding: missing(registry, use), hashed };
    if (!(error instanceof MismatchError)) throw error;
    const { expected, found } = error;
    const size = error.code === 'SIZE_MISMATCH';
    const message = `the registry gives ${size ? 'more or fewer' : 'other'} bytes under ${digest} (${place})`;
    return {
      finding: finding(size ? `${role}-size-mismatch` : `${role}-mismatch`, { ...about, message, expected, found }),
      hashed,
    };
  }
}

function missing({ host, repository }: Registry, { descriptor, role, place }: BlobUse): Finding {
  const { digest, size, urls } = descriptor;
  if (isForeign(descriptor)) {
    const where = urls === undefined ? '' : `; its manifest says that it is at ${urls.join(', ')}`;
    return finding('foreign-layer', {
      subject: digest,
      message: `${host}/${repository} does not keep ${digest} (${place})${where}`,
    });
  }
  return finding(`${role}-missing`, {
    subject: digest,
    message: `${host}/${repository} has no ${digest} (${place}, ${size} bytes)`,
  });
}
