import { setTimeout } from 'node:timers/promises';
import { fetchAll, type LayoutStore, openLayoutStore } from '@waybill/core/content';
import { type Descriptor, successors } from '@waybill/core/oci';
import { saveFixture } from './fixture-snapshot.ts';
import { blob, name, target } from './store-under-test.ts';

/**
 * A process of its own that works on a layout store; tests start it with Node and `--conditions=source`.
 * It prints one line: what it saw.
 */
const [command, dir = '', ...rest] = process.argv.slice(2);

/** Saves, restores and evicts for a while; every byte that a restore gets is verified. */
async function churn(store: LayoutStore, who: string, forMs: number) {
  const seen = { restored: 0, missed: 0, wrong: 0 };
  const end = Date.now() + forMs;
  for (let round = 0; Date.now() < end || round < 7; round += 1) {
    await saveFixture(store, `${who}-${round % 7}`, [
      Buffer.alloc(30_000, `${who} ${round}`),
      Buffer.alloc(20_000, `shared ${round % 3}`),
    ]);
    await restoreNewest(store, seen);
    if (round % 3 === 0) await store.prune();
  }
  return JSON.stringify({ restoredAny: seen.restored > 0, ...seen });
}

async function restoreNewest(store: LayoutStore, seen: { restored: number; missed: number; wrong: number }) {
  const query = {
    kind: 'cache',
    scopes: [name('').scope],
    version: name('').version,
    key: 'none',
    prefixes: ['a-', 'b-'],
  };
  const match = await store.find(query);
  if (match === undefined) return;
  try {
    const manifest = await fetchAll(store, match.record.target);
    for (const part of successors(match.record.target, manifest)) await fetchAll(store, part);
    await store.touch(match.record);
    seen.restored += 1;
  } catch (error) {
    if (isUnknown(error)) seen.missed += 1;
    else seen.wrong += 1;
  }
}

function isUnknown(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'BLOB_UNKNOWN';
}

/** Puts names if they are absent and tells which ones it won. */
async function race(store: LayoutStore, who: string, count: number) {
  const won: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const key = `race-${i}`;
    if ((await store.put(name(key), target(`${who} ${key}`), { ifAbsent: true })).written) won.push(key);
  }
  return won.join(' ');
}

/** Pushes a blob of two pieces and says so between them; the second never comes. */
async function halfPush(store: LayoutStore) {
  const { bytes, descriptor } = blob('half of this is never written');
  const content = async function* () {
    yield bytes.subarray(0, 10);
    await setTimeout(20);
    process.stdout.write('half\n');
    await setTimeout(600_000);
  };
  return store.push(descriptor, content);
}

/** Tries everything as a user without rights and tells the code of each error. */
async function asNobody(store: LayoutStore, known: Descriptor) {
  if (process.getuid?.() === 0) {
    process.setgroups?.([]);
    process.setgid?.(65_534);
    process.setuid?.(65_534);
  }
  const { bytes, descriptor } = blob('not allowed');
  const record = { name: name('known'), target: known, createdAt: 0, fields: {} };
  const codeOf = async (work: () => Promise<unknown>) => {
    try {
      return { ok: (await work()) !== undefined };
    } catch (error) {
      return typeof error === 'object' && error !== null && 'code' in error
        ? { code: error.code }
        : { code: String(error) };
    }
  };
  const { scope, version } = record.name;
  return JSON.stringify({
    push: await codeOf(() => store.push(descriptor, bytes)),
    put: await codeOf(() => store.put(name('k'), target('k'))),
    prune: await codeOf(() => store.prune()),
    remove: await codeOf(() => store.remove(record.name)),
    fetch: await codeOf(() => fetchAll(store, known)),
    find: await codeOf(() => store.find({ kind: 'cache', scopes: [scope], version, key: 'known', prefixes: [] })),
    touch: await codeOf(() => store.touch(record).then(() => 'no error')),
  });
}

async function main(): Promise<string> {
  const open = (options: { maxBytes?: number; graceMs?: number }) =>
    openLayoutStore(dir, { clock: Date.now, ...options });
  if (command === 'churn') return churn(open({ maxBytes: 200_000, graceMs: 1000 }), rest[0] ?? '', Number(rest[1]));
  if (command === 'race') return race(open({}), rest[0] ?? '', Number(rest[1]));
  if (command === 'half-push') return halfPush(open({}));
  if (command === 'as-nobody') return asNobody(open({}), blob('known').descriptor);
  throw new Error(`unknown command ${command}`);
}

process.stdout.write(`${await main()}\n`);
