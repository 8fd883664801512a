import { describe, expect, test } from '@jest/globals';
import type { Sleep } from '../async/index.ts';
import { parseConfig } from '../config/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Adopt } from './image-order.ts';
import { settleAdopt } from './settle-adopt.ts';

const PULL = 'refs/pull/5/merge';
const MAIN = 'refs/heads/main';
const place = { host: 'ghcr.io', repository: 'octo-org/app' };
const ANY = 'version: 1\nimages: { ghcr.io/octo-org/app: { adopt: any } }';

interface Case {
  readonly adopt?: Adopt;
  readonly ref?: string | undefined;
  /** Undefined: there is none. */
  readonly config?: string | undefined;
  readonly fails?: WaybillError;
  readonly isNamed?: boolean;
  readonly hangs?: boolean;
  readonly sleep?: Sleep;
}

const never = () => new Promise<never>(() => undefined);

async function settle({ adopt, ref = PULL, config, fails, isNamed = false, hangs = false, sleep = never }: Case) {
  const warnings: string[] = [];
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (fails !== undefined) throw fails;
    if (hangs) await never();
    return config === undefined ? undefined : parseConfig(config, 'waybill.yml');
  };
  const log = { info: () => undefined, notice: () => undefined, warning: (line: string) => void warnings.push(line) };
  const policy = { read, shown: 'waybill.yml in the default branch of the ledger', isNamed };
  const adopted = await settleAdopt({ adopt, place }, { policy, facts: { ref }, sleep, log });
  return { adopted, warnings, reads };
}

describe('whose builds are taken', () => {
  test.each<[string, Case, Adopt, number]>([
    ['without a configuration is the strictest', {}, 'same-ref', 1],
    ['is what the configuration says', { config: ANY }, 'any', 1],
    ['is the strictest for an image that it does not name', { config: 'version: 1' }, 'same-ref', 1],
    ['may be stricter by the order', { config: ANY, adopt: 'same-ref' }, 'same-ref', 0],
    ['may be what is allowed anyway', { config: ANY, adopt: 'any' }, 'any', 1],
    ['is not asked outside of a pull request', { config: ANY, ref: MAIN }, 'same-ref', 0],
    ['is asked all the same where somebody named the file', { config: ANY, ref: MAIN, isNamed: true }, 'any', 1],
  ])('%s', async (_, given, adopted, reads) => {
    expect(await settle(given)).toEqual({ adopted, warnings: [], reads });
  });

  test.each([
    ['without a configuration', undefined],
    ['that the configuration does not allow', 'version: 1\nimages: { "ghcr.io/**": { adopt: same-ref } }'],
  ])('is never more %s, on no ref', async (_, config) => {
    for (const ref of [PULL, MAIN])
      await expect(settle({ adopt: 'any', config, ref })).rejects.toMatchObject({
        code: 'ADOPT_REFUSED',
        kind: 'user',
      });
  });

  const denied = new WaybillError('GITHUB_DENIED', 'the API answers 403', { kind: 'user' });

  test('is the strictest, with a warning, where the default branch does not answer', async () => {
    expect(await settle({ fails: denied })).toEqual({
      adopted: 'same-ref',
      warnings: [
        'waybill.yml in the default branch of the ledger could not be read, so adopt is same-ref: the API answers 403',
      ],
      reads: 1,
    });
  });

  test('is the strictest, with a warning, where the default branch says nothing at all for half a minute', async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    expect(await settle({ hangs: true, sleep })).toMatchObject({
      adopted: 'same-ref',
      warnings: [expect.stringContaining('could not be read, so adopt is same-ref: reading it took longer than')],
    });
    expect(waits).toEqual([30_000]);
  });

  test.each<[string, Case]>([
    ['somebody named the file', { isNamed: true }],
    ['more is wanted', { adopt: 'any' }],
  ])('is an error where it does not answer and %s', async (_, given) => {
    await expect(settle({ ...given, fails: denied })).rejects.toBe(denied);
  });

  test('is an error where the configuration is wrong', async () => {
    await expect(settle({ config: 'version: 2' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
