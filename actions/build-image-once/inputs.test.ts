import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { parse } from 'yaml';
import { readInputs } from './inputs.ts';

const CONTEXT = {
  ...fakeRunContext({ repository: 'Octo-Org/App' }),
  server: 'https://github.com',
  env: { NPM_TOKEN: 'from-the-job' },
};
const manifest = parse(readFileSync(join(import.meta.dirname, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
};
const DEFAULTS = Object.fromEntries(
  Object.entries(manifest.inputs).map(([name, input]) => [name, name === 'github-token' ? '' : (input.default ?? '')]),
);

function read(inputs: Readonly<Record<string, string>>, context = CONTEXT) {
  const runner = createFakeRunner({ inputs: { ...DEFAULTS, ...inputs } });
  return { ...readInputs(runner, context), masked: runner.masked };
}

describe('the inputs of build-image-once', () => {
  test('with nothing given: the repository of the run in ghcr.io, built by its commit, recorded in the ledger or beside the image', () => {
    const { order, stores } = read({});
    expect(order).toMatchObject({
      place: { host: 'ghcr.io', repository: 'octo-org/app' },
      mode: { kind: 'build' },
      identity: 'commit',
      adopt: undefined,
      attach: true,
      push: true,
      tags: [],
      waitMinutes: 30,
      options: { context: '.', file: '', platforms: [], secrets: [] },
    });
    expect(stores).toEqual([
      {
        kind: 'git',
        remote: { kind: 'url', url: 'https://github.com/Octo-Org/App', origin: 'https://github.com' },
        create: false,
      },
      { kind: 'oci', place: { host: 'ghcr.io', repository: 'octo-org/app-waybill' }, insecure: false },
    ]);
  });

  test('the paste of docker/metadata-action', () => {
    const { order } = read({
      tags: 'ghcr.io/octo-org/app:main\nghcr.io/octo-org/app:v1,ghcr.io/octo-org/app:v1.2',
      labels: 'org.opencontainers.image.title=App, the one\norg.opencontainers.image.vendor=Octo',
    });
    expect(order.tags.map(({ tag }) => tag)).toEqual(['main', 'v1', 'v1.2']);
    expect(order.options.labels).toEqual([
      'org.opencontainers.image.title=App, the one',
      'org.opencontainers.image.vendor=Octo',
    ]);
  });

  test('S1-33: secrets are masked, and known as what no argument may hold', () => {
    const token = 't'.repeat(20);
    const { order, secrets, masked } = read({
      'github-token': token,
      secrets: '"A=one\nsecret"\nB=two-secret',
      'secret-envs': 'C=NPM_TOKEN',
      'secret-files': 'D=./token.txt',
    });
    expect(order.options.secrets).toEqual([
      { id: 'A', kind: 'value', value: 'one\nsecret' },
      { id: 'B', kind: 'value', value: 'two-secret' },
      { id: 'C', kind: 'env', name: 'NPM_TOKEN' },
      { id: 'D', kind: 'file', path: './token.txt' },
    ]);
    expect(secrets).toEqual(['one\nsecret', 'two-secret', 'from-the-job', token]);
    expect(masked).toEqual([token, ...secrets]);
  });

  test('records elsewhere', () => {
    expect(read({ store: 'git:/srv/ledger.git' }).stores).toEqual([
      { kind: 'git', remote: { kind: 'path', path: '/srv/ledger.git' }, create: true },
    ]);
    const { stores } = read({ store: 'oci://registry.internal/app-records?insecure=true' });
    expect(stores).toEqual([
      { kind: 'oci', place: { host: 'registry.internal', repository: 'app-records' }, insecure: true },
    ]);
  });

  test('modes with what they need', () => {
    const hex = 'a'.repeat(64);
    expect(read({ mode: 'record', digest: hex }).order.mode).toEqual({ kind: 'record', digest: `sha256:${hex}` });
    expect(read({ mode: 'merge', digests: `sha256:${hex}\n${hex}` }).order.mode).toEqual({
      kind: 'merge',
      digests: [`sha256:${hex}`, `sha256:${hex}`],
    });
    expect(read({ identity: 'inputs', 'identity-from': 'file:src/**\nenv:CC' }).order.identityFrom).toEqual([
      { kind: 'file', pattern: 'src/**' },
      { kind: 'env', name: 'CC' },
    ]);
  });

  test('inputs that do not go together are told', () => {
    expect(() => read({ load: 'true', platforms: 'linux/amd64,linux/arm64' })).toThrow(
      'docker loads an image of one platform',
    );
    expect(() => read({ mode: 'claim', push: 'false' })).toThrow('with mode: claim the image is in the registry');
    expect(() => read({}, { ...CONTEXT, repository: undefined })).toThrow(
      'image: is empty; accepted: `HOST/REPOSITORY`',
    );
    expect(() => read({ mode: 'record', digest: 'latest' })).toThrow('digest: got "latest"');
  });

  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of wrong inputs', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(rows.filter(({ message }) => message !== ''))('wrong: $name $value', ({ name, value, message }) => {
    const wrong = { [name]: value === '(empty)' ? '' : value };
    expect(() => read(wrong)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
