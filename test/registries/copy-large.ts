// Copies an image from one registry to another in a process of its own, and prints how many bytes it copied and by how many its
// memory grew.
//
//   node --conditions=source test/registries/copy-large.ts FROM-HOST TO-HOST REPOSITORY DIGEST WARM-UP-DIGEST
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import { parseDigest } from '@waybill/core/oci';
import { copyImage, createRegistry } from '@waybill/core/registry';

const [fromHost = '', toHost = '', repository = '', digest, warmUp] = process.argv.slice(2);
const http = createHttp();
const clock = { now: Date.now, sleep, random: Math.random };
const open = (host: string) => createRegistry({ host, repository, http, access: 'push', clock });
const copy = (root: unknown) =>
  copyImage({ from: open(fromHost), to: open(toHost), root: parseDigest(root), referrers: 'all', clock });

/** The most that the process ever held, in bytes (getrusage(2), `ru_maxrss`). */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

// What any copy takes, whatever its size: code, connections, buffers.
await copy(warmUp);
const before = peakBytes();
const { copiedBytes } = await copy(digest);
console.log(`${copiedBytes} ${peakBytes() - before}`);
http.close();
