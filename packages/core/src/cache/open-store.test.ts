import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { fetchAll, openLayoutStore, parseStoreChain } from '../content/index.ts';
import { describe as descriptorOf } from '../oci/index.ts';
import { type OpenStoreOptions, openStore } from './open-store.ts';

const BYTES = Buffer.from('content');
const BLOB = descriptorOf('text/plain', BYTES);

let home: string;
let registry: FakeRegistry;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'waybill-open-store-'));
  registry = await startFakeRegistry({
    auth: { kind: 'token', users: { mona: { password: 'pw', grants: { '*': ['pull', 'push'] } } } },
  });
});
afterEach(async () => {
  await registry.stop();
  rmSync(home, { recursive: true, force: true });
});

function optionsOf(more: Partial<OpenStoreOptions> = {}): OpenStoreOptions {
  const log = { info: () => undefined, warning: () => undefined };
  return { access: 'push', env: {}, home, githubToken: '', now: Date.now, random: () => 0, log, ...more };
}

function logIn(): void {
  mkdirSync(join(home, '.docker'));
  const auth = Buffer.from('mona:pw').toString('base64');
  writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
}

describe('openStore', () => {
  test('dir: is a folder, which nothing makes before it is used', async () => {
    const { names, store, close } = await openStore(parseStoreChain(`dir:${home}/store`, home), optionsOf());
    expect(names.guarantees).toEqual({ scope: 'none', write: 'atomic' });
    expect(await store.exists(BLOB)).toBe(false);
    await store.push(BLOB, BYTES);
    expect(await fetchAll(store, BLOB)).toEqual(BYTES);
    close();
  });

  test('oci:// is a repository, which nothing is asked of before it is used; docker knows who we are', async () => {
    logIn();
    const uri = parseStoreChain(`oci://${registry.host}/octo-org/app`, home);
    const { names, store, close } = await openStore(uri, optionsOf());
    try {
      expect(registry.log).toEqual([]);
      expect(names.guarantees).toEqual({ scope: 'none', write: 'hint' });
      await store.push(BLOB, BYTES);
      expect(registry.contents.blob('octo-org/app', BLOB.digest)).toBeDefined();
    } finally {
      close();
    }
  });

  test.each([
    ['pull', 'repository:octo-org/app:pull'],
    ['push', 'repository:octo-org/app:pull,push'],
  ] as const)('the first token of access %s asks for %s', async (access, scope) => {
    logIn();
    const uri = parseStoreChain(`oci://${registry.host}/octo-org/app`, home);
    const { store, close } = await openStore(uri, optionsOf({ access }));
    try {
      expect(await store.exists(BLOB)).toBe(false);
      const exchanges = registry.log
        .map(({ path }) => new URL(path, 'http://x').searchParams.get('scope'))
        .filter((each) => each !== null);
      expect(exchanges).toEqual([scope]);
    } finally {
      close();
    }
  });

  test("the run's token goes to no other host than ghcr.io", async () => {
    const uri = parseStoreChain(`oci://${registry.host}/octo-org/app`, home);
    const { store, close } = await openStore(uri, optionsOf({ githubToken: 'ghs_0123456789abcdef' }));
    try {
      await expect(store.exists(BLOB)).rejects.toMatchObject({ code: 'STORE_DENIED' });
      expect(registry.log.length).toBeGreaterThan(0);
      expect(registry.log.filter(({ authorization }) => authorization !== 'none')).toEqual([]);
    } finally {
      close();
    }
  });

  test('a docker configuration that cannot be read is trouble of the first use, not of opening', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker', 'config.json'), '{');
    const uri = parseStoreChain(`oci://${registry.host}/octo-org/app`, home);
    const { store, close } = await openStore(uri, optionsOf());
    try {
      await expect(store.exists(BLOB)).rejects.toMatchObject({ code: 'DOCKER_CONFIG_INVALID' });
    } finally {
      close();
    }
  });

  test('that the registry is asked again stands in the log', async () => {
    logIn();
    registry.fail({ kind: 'answer', status: 503, on: ({ method }) => method === 'HEAD' });
    const said: string[] = [];
    const uri = parseStoreChain(`oci://${registry.host}/octo-org/app`, home);
    const log = { info: (text: string) => void said.push(text), warning: () => undefined };
    const { store, close } = await openStore(uri, optionsOf({ log }));
    try {
      expect(await store.exists(BLOB)).toBe(false);
      expect(said).toEqual([
        expect.stringMatching(/^the registry 127.* is asked again in .*: HEAD http.* answers 503/),
      ]);
    } finally {
      close();
    }
  });

  describe('of several stores', () => {
    const chain = (text: string, more: Partial<OpenStoreOptions> = {}) =>
      openStore(parseStoreChain(text, home), optionsOf(more));
    const NAME = { kind: 'cache', scope: 'local', version: 'a'.repeat(64), key: 'k' };
    const QUERY = { ...NAME, scopes: ['local'], prefixes: [] };

    test('a folder before a registry gets what is read, and the registry has the names', async () => {
      logIn();
      const far = `oci://${registry.host}/octo-org/app`;
      const there = await chain(far);
      await there.store.push(BLOB, BYTES);
      await there.names.put(NAME, BLOB);
      there.close();
      const both = await chain(`dir:${home}/near\n${far}`);
      try {
        expect(both.names.guarantees.write).toBe('hint');
        const found = await both.names.find(QUERY);
        expect(found?.how).toBe('exact');
        if (found !== undefined) await both.names.touch?.(found.record);
        expect(await fetchAll(both.store, BLOB)).toEqual(BYTES);
        const near = openLayoutStore(`${home}/near`, { clock: Date.now });
        expect(await near.exists(BLOB)).toBe(true);
        expect(await near.find(QUERY)).toBeUndefined();
        expect((await near.find({ ...QUERY, kind: 'copy' }))?.record.target.digest).toBe(BLOB.digest);
      } finally {
        both.close();
      }
    });

    test('a store that does not answer is replaced by its stand-in, with a warning', async () => {
      logIn();
      const warnings: string[] = [];
      const log = { info: () => undefined, warning: (text: string) => void warnings.push(text) };
      const gone = await startFakeRegistry();
      await gone.stop();
      const { names, store, close } = await chain(
        `oci://${gone.host}/octo-org/app || oci://${registry.host}/octo-org/app`,
        { log },
      );
      try {
        expect(await names.find(QUERY)).toBeUndefined();
        await store.push(BLOB, BYTES);
        expect(registry.contents.blob('octo-org/app', BLOB.digest)).toBeDefined();
        expect(warnings).toEqual([expect.stringContaining(`oci://${registry.host}/octo-org/app is used in its place`)]);
      } finally {
        close();
      }
    });
  });
});
