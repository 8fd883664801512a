import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** A tar archive with these files (POSIX ustar), the same bytes each time. */
export function tarOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const padding = Buffer.alloc((BLOCK - (content.byteLength % BLOCK)) % BLOCK);
    return [header(name, content.byteLength), content, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  block.write(name, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write('0ustar', 156);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export interface Layer {
  readonly bytes: Buffer;
  /** Of the archive before it was compressed (OCI image-spec, config.md, "DiffID"). */
  readonly diffId: string;
}

/** A layer with one file in it. */
export function layerOf(name: string, content: Uint8Array): Layer {
  const tar = tarOf({ [name]: content });
  return { bytes: gzipSync(tar, { level: 1 }), diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}` };
}
