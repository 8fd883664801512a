/**
 * Gives the memory of a large buffer back now, not when the collector comes to it: megabytes that it sees late add up to
 * hundreds. The buffer is empty afterwards, and so is every view of the same memory: only for a buffer that nobody else has.
 */
export function releaseBuffer(buffer: Uint8Array): void {
  // Small ones share a pool, which cannot be given back.
  if (buffer.buffer instanceof ArrayBuffer && buffer.buffer.byteLength > Buffer.poolSize) buffer.buffer.transfer(0);
}
