import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { readInputs } from './inputs.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const WITH = { image: 'ghcr.io/octo-org/app', digest: DIGEST, to: 'production' };
const PLACE = { host: 'ghcr.io', repository: 'octo-org/app' };

function read(inputs: Readonly<Record<string, string>>, runner = createFakeRunner({ inputs })) {
  return readInputs(runner, { ...fakeRunContext(), server: 'https://github.com' });
}

describe('the inputs of promote', () => {
  test('a digest and a channel are enough', () => {
    expect(read(WITH)).toEqual({
      config: { kind: 'default-branch' },
      order: {
        kind: 'promote',
        source: { kind: 'digest', place: PLACE, digest: DIGEST, commit: undefined },
        to: [{ kind: 'channel', name: 'production' }],
        via: undefined,
        referrers: 'all',
        allowDiverged: false,
      },
      dryRun: false,
      records: 'auto',
      deploymentRecord: false,
      ledger: 'https://github.com/octo-org/app',
      token: '',
      insecureHosts: [],
    });
  });

  test.each([
    ['git:https://github.example.com/octo-org/ledger', 'https://github.example.com/octo-org/ledger'],
    ['git:/srv/ledger.git', '/srv/ledger.git'],
  ])('the ledger may be elsewhere: %s', (store, ledger) => {
    expect(read({ ...WITH, store }).ledger).toBe(ledger);
  });

  test('several targets, one a line', () => {
    const { order } = read({ ...WITH, to: 'dev\n staging \n\nghcr.io/octo-org/mirror:v1' });
    expect(order).toMatchObject({
      to: [
        { kind: 'channel', name: 'dev' },
        { kind: 'channel', name: 'staging' },
        { kind: 'tag', to: { host: 'ghcr.io', repository: 'octo-org/mirror', tag: 'v1' } },
      ],
    });
  });

  test('the token is masked', () => {
    const runner = createFakeRunner({ inputs: { ...WITH, 'github-token': 'of-the-job' } });
    expect(read({}, runner).token).toBe('of-the-job');
    expect(runner.masked).toEqual(['of-the-job']);
  });

  test('a rollback takes the image alone, or the digest that the channel must have', () => {
    const order = { kind: 'rollback', image: PLACE, channel: 'production' };
    const inputs = { image: WITH.image, to: 'production', rollback: 'true' };
    expect(read(inputs).order).toEqual({ ...order, current: undefined });
    expect(read({ ...inputs, digest: DIGEST }).order).toEqual({ ...order, current: { digest: DIGEST } });
    expect(read({ ...inputs, commit: 'a'.repeat(40) }).order).toEqual({
      ...order,
      current: { commit: 'a'.repeat(40) },
    });
  });

  test.each([
    [{ to: 'ghcr.io/octo-org/app:v1' }, 'to: got "ghcr.io/octo-org/app:v1": only a channel has a history'],
    [{ to: 'dev\nstaging' }, 'to: got "dev staging": only a channel has a history to go back in, and one at a time'],
    [{ from: 'dev' }, 'from: got "dev": a rollback goes where the ledger says'],
    [{ 'allow-diverged': 'true' }, 'allow-diverged: got "true": a rollback goes where the ledger says'],
  ])('a rollback with %j is wrong', (inputs, message) => {
    expect(() => read({ image: WITH.image, to: 'production', rollback: 'true', ...inputs })).toThrow(message);
  });

  test('a target that stands there twice is wrong', () => {
    expect(() => read({ ...WITH, to: 'dev\nstaging\ndev' })).toThrow('to: got "dev": it stands there twice');
  });
});

describe('wrong inputs', () => {
  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of them', () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  test.each(rows)('wrong: $name $value', ({ name, value, message }) => {
    const wrong = { [name]: value === '(empty)' ? '' : value };
    // A reference stands alone.
    const base = name === 'reference' ? { to: 'production' } : WITH;
    expect(() => read({ ...base, ...wrong })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
