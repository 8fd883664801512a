import { describe, expect, test } from '@jest/globals';
import { createMemoryRegistry, createMemoryRepository } from '@waybill/testing/memory-registry';
import { createRandom } from '@waybill/testing/trees';
import { createVirtualTime, type VirtualTime } from '@waybill/testing/virtual-time';
import fc from 'fast-check';
import { createMemoryRefStore, createMemoryRefs, type RefStore } from '../../content/index.ts';
import { errorCode } from '../../errors/index.ts';
import { awaitTurn, type ClaimTimes } from './await-turn.ts';
import { type Claims, encodeClaim, type HeldClaim, parseClaim } from './claim.ts';
import { whileClaimed } from './keep-claim.ts';
import { refClaims } from './ref-claims.ts';
import { tagClaims } from './tag-claims.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const TIMES: ClaimTimes = { renewEveryMs: MINUTE, leaseMs: 5 * MINUTE, pollMs: 5 * SECOND, waitMs: 30 * MINUTE };
const D = 10 * SECOND;
const OF = { image: 'registry.example/octo-org/app', identity: 'f'.repeat(64) };
const REF = 'refs/waybill/claim/app/f';

/** One run among several: when it comes, how long its build takes, when it dies, how wrong its clock is. */
interface Plan {
  readonly startMs: number;
  readonly buildMs: number;
  readonly dieMs: number | undefined;
  readonly skewMs: number;
}

const planOf = (changes: Partial<Plan> = {}): Plan => ({
  startMs: 0,
  buildMs: 10 * MINUTE,
  dieMs: undefined,
  skewMs: 0,
  ...changes,
});

interface World {
  readonly time: VirtualTime;
  /** The claims as one run sees them; `delay` is how long its operations take. */
  claimsFor(plan: Plan, delay: () => Promise<void>): Claims;
}

function refWorld(random = createRandom(1).fraction): World {
  const refs = createMemoryRefs();
  const time = createVirtualTime(random, 1_700_000_000_000);
  return {
    time,
    claimsFor: (plan, delay) =>
      refClaims({
        refs: slow(createMemoryRefStore(refs), delay),
        ref: REF,
        ...OF,
        now: () => time.now() + plan.skewMs,
      }),
  };
}

function tagWorld(random = createRandom(1).fraction): World {
  const content = createMemoryRepository();
  const time = createVirtualTime(random, 1_700_000_000_000);
  return {
    time,
    claimsFor: (_plan, delay) =>
      tagClaims({ registry: createMemoryRegistry(content, { now: time.now, delay }), ...OF, clock: time, settleMs: D }),
  };
}

function slow(refs: RefStore, delay: () => Promise<void>): RefStore {
  return {
    ...refs,
    resolve: (...args) => delay().then(() => refs.resolve(...args)),
    readFile: (...args) => delay().then(() => refs.readFile(...args)),
    commit: (...args) => delay().then(() => refs.commit(...args)),
    move: async (...args) => {
      await delay();
      const moved = await refs.move(...args);
      await delay();
      return moved;
    },
  };
}

/** Lets the runs race; each builds when it is its turn, and records what it built if nobody did. */
async function race(world: World, plans: readonly Plan[], latencyMs: () => number) {
  const { time } = world;
  const state = { building: 0, most: 0, builds: 0, record: undefined as string | undefined };
  const run = async (plan: Plan, at: number): Promise<string> => {
    await time.sleep(plan.startMs);
    let dead = false;
    const died =
      plan.dieMs === undefined
        ? new Promise<never>(() => undefined)
        : time.sleep(plan.dieMs).then(() => {
            dead = true;
            throw new Error('died');
          });
    const never = new Promise<never>(() => undefined);
    const alive = {
      ...time,
      now: () => time.now(),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await time.sleep(ms, signal);
        if (dead) await never;
      },
    };
    const claims = world.claimsFor(plan, () => alive.sleep(latencyMs()));
    const work = async (): Promise<string> => {
      for (;;) {
        const turn = await awaitTurn({
          claims,
          holder: { nonce: `run${String(at).padStart(13, '0')}` },
          times: TIMES,
          find: () => alive.sleep(latencyMs()).then(() => state.record),
          clock: alive,
          onWait: () => undefined,
        });
        if (turn.kind === 'found') return turn.found;
        try {
          return await build(turn.claim, plan, alive, () => dead);
        } catch (error) {
          if (errorCode(error) !== 'CLAIM_LOST') throw error;
        }
      }
    };
    const build = (claim: HeldClaim, { buildMs }: Plan, clock: typeof alive, isDead: () => boolean) =>
      whileClaimed(
        claim,
        async (signal) => {
          state.builds += 1;
          state.building += 1;
          state.most = Math.max(state.most, state.building);
          const ending = Promise.race([died.catch(() => undefined), clock.sleep(buildMs, signal)]);
          await ending.finally(() => (state.building -= 1));
          if (isDead()) return never;
          state.record ??= `digest of run ${at}`;
          return state.record;
        },
        { renewEveryMs: TIMES.renewEveryMs, clock, onTrouble: () => undefined },
      );
    return Promise.race([work(), died]);
  };
  const results = await time.run(plans.map(run));
  return { ...state, results };
}

const plans = fc.array(
  fc.record({
    startMs: fc.nat(20 * MINUTE),
    buildMs: fc.nat(40 * MINUTE),
    dieMs: fc.option(fc.nat(60 * MINUTE), { nil: undefined, freq: 3 }),
    skewMs: fc.integer({ min: -120 * MINUTE, max: 120 * MINUTE }),
  }),
  { minLength: 2, maxLength: 8 },
);

describe.each([
  ['refs', refWorld],
  ['tags', tagWorld],
])('claims by %s', (_name, worldOf) => {
  test('of runs that race, whenever they come, never two build at once, and all that live get one result', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(2 * SECOND), fc.nat(), async (some, most, seed) => {
        const random = createRandom(seed).fraction;
        const latency = () => random() * most;
        const { results, record, ...outcome } = await race(worldOf(random), some, latency);
        expect(outcome.most).toBeLessThanOrEqual(1);
        results.forEach((result, at) => {
          if (result.status === 'fulfilled') expect(result.value).toBe(record);
          else
            expect({ at, dieMs: some[at]?.dieMs, reason: String(result.reason) }).toMatchObject({
              dieMs: expect.any(Number),
              reason: 'Error: died',
            });
        });
        const deaths = some.filter(({ dieMs }) => dieMs !== undefined).length;
        expect(outcome.builds).toBeLessThanOrEqual(1 + deaths);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  test('six that come at once make one build', async () => {
    const { builds, results } = await race(
      worldOf(),
      Array.from({ length: 6 }, () => planOf()),
      () => 300,
    );
    expect(builds).toBe(1);
    expect(new Set(results.map((result) => (result.status === 'fulfilled' ? result.value : 'no')))).toEqual(
      new Set([expect.stringMatching(/^digest of run \d$/)]),
    );
  });

  test('where the builder dies, another builds once its claim is dead, and not before', async () => {
    const world = worldOf();
    const start = world.time.now();
    const { builds, results } = await race(
      world,
      [planOf({ dieMs: 2.5 * MINUTE }), planOf({ startMs: MINUTE })],
      () => 100,
    );
    expect(builds).toBe(2);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const took = world.time.now() - start - 10 * MINUTE;
    expect(took).toBeGreaterThanOrEqual(7 * MINUTE);
    expect(took).toBeLessThanOrEqual(8 * MINUTE);
  });

  test('one that comes long after the builder died waits only as long as a renewal may take', async () => {
    const world = worldOf();
    const start = world.time.now();
    await race(world, [planOf({ dieMs: 2 * MINUTE }), planOf({ startMs: 60 * MINUTE })], () => 100);
    const took = world.time.now() - start - 70 * MINUTE;
    expect(took).toBeGreaterThanOrEqual(1.5 * MINUTE);
    expect(took).toBeLessThanOrEqual(2.5 * MINUTE);
  });

  test('a claim that is released is taken at once', async () => {
    const { time, claimsFor } = worldOf();
    const claims = claimsFor(planOf(), async () => undefined);
    const take = (nonce: string) =>
      claims.take({ holder: { nonce: nonce.repeat(16) }, leaseMs: TIMES.leaseMs, isDead: () => false });
    const [first] = await time.run([take('a')]);
    const held = first?.status === 'fulfilled' ? first.value : undefined;
    const [second] = await time.run([take('b')]);
    expect(second).toMatchObject({ status: 'fulfilled', value: undefined });
    expect(await claims.look()).toMatchObject([{ record: { holder: { nonce: 'a'.repeat(16) }, state: 'held' } }]);
    await held?.release();
    expect(await claims.look()).toEqual([]);
    const [third] = await time.run([take('c')]);
    expect(third).toMatchObject({ status: 'fulfilled', value: expect.objectContaining({ record: expect.anything() }) });
  });

  test('whose claim was taken over learns so when it renews, and its release changes nothing', async () => {
    const { time, claimsFor } = worldOf();
    const claims = claimsFor(planOf(), async () => undefined);
    const take = (nonce: string, dead: boolean) =>
      claims.take({
        holder: { nonce: nonce.repeat(16) },
        leaseMs: TIMES.leaseMs,
        isDead: ({ record }) => dead && record.holder.nonce.startsWith('a'),
      });
    const [first] = await time.run([take('a', false)]);
    await time.run([take('b', true)]);
    const zombie = first?.status === 'fulfilled' ? first.value : undefined;
    expect(await zombie?.renew()).toBe(false);
    await zombie?.release();
    expect(await claims.look()).toMatchObject([{ record: { holder: { nonce: 'b'.repeat(16) } } }]);
  });

  test('waiting ends in an error where nobody shows a sign of life, and nothing is built', async () => {
    const { time, claimsFor } = worldOf();
    const claims = claimsFor(planOf(), async () => undefined);
    const take = claims.take({
      holder: { nonce: 'a'.repeat(16), runId: '77', repository: 'octo-org/app' },
      leaseMs: 60 * MINUTE,
      isDead: () => false,
    });
    await time.run([take]);
    const waiting = awaitTurn({
      claims,
      holder: { nonce: 'b'.repeat(16) },
      times: { ...TIMES, waitMs: 10 * MINUTE },
      find: async () => undefined,
      clock: time,
      onWait: () => undefined,
    });
    const [result] = await time.run([waiting]);
    expect(result).toMatchObject({
      status: 'rejected',
      reason: expect.objectContaining({
        code: 'WAIT_EXCEEDED',
        message: 'run 77 of octo-org/app holds the claim on this build and showed no sign of life for 10 minutes',
      }),
    });
  });

  test('a run that the platform says has ended is dead at once', async () => {
    const { time, claimsFor } = worldOf();
    const claims = claimsFor(planOf(), async () => undefined);
    await time.run([
      claims.take({ holder: { nonce: 'a'.repeat(16), runId: '77' }, leaseMs: TIMES.leaseMs, isDead: () => false }),
    ]);
    const start = time.now();
    const [result] = await time.run([
      awaitTurn({
        claims,
        holder: { nonce: 'b'.repeat(16) },
        times: TIMES,
        find: async () => undefined,
        hasEnded: async ({ runId }) => runId === '77',
        clock: time,
        onWait: () => undefined,
      }),
    ]);
    expect(result).toMatchObject({ status: 'fulfilled', value: { kind: 'claimed' } });
    // Asked when its next renewal was late.
    expect(time.now() - start).toBeGreaterThanOrEqual(1.5 * MINUTE);
    expect(time.now() - start).toBeLessThan(2.5 * MINUTE);
  });
});

describe('a claim by tags', () => {
  test('is given up where writing it took longer than D', async () => {
    const content = createMemoryRepository();
    const time = createVirtualTime();
    const registry = createMemoryRegistry(content, { now: time.now, delay: () => time.sleep(D) });
    const claims = tagClaims({ registry, ...OF, clock: time, settleMs: D });
    const [result] = await time.run([
      claims.take({ holder: { nonce: 'a'.repeat(16) }, leaseMs: TIMES.leaseMs, isDead: () => false }),
    ]);
    expect(result).toEqual({ status: 'fulfilled', value: undefined });
    const [left] = await time.run([claims.look()]);
    expect(left).toEqual({ status: 'fulfilled', value: [] });
  });

  test('does not count where it stands under a tag that is not its own', async () => {
    const content = createMemoryRepository();
    const time = createVirtualTime();
    const claims = tagClaims({
      registry: createMemoryRegistry(content, { now: time.now }),
      ...OF,
      clock: time,
      settleMs: D,
    });
    await time.run([claims.take({ holder: { nonce: 'a'.repeat(16) }, leaseMs: 1, isDead: () => false })]);
    const [[tag, digest] = ['', undefined]] = [...content.tags];
    if (digest !== undefined) content.tags.set(tag.replace('aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'), digest);
    expect(await claims.look()).toHaveLength(1);
  });
});

describe('work under a claim', () => {
  const fakeClaim = (renew: () => Promise<boolean>): HeldClaim & { released: number } => ({
    record: {
      schemaVersion: 1,
      kind: 'claim',
      ...OF,
      holder: { nonce: 'a'.repeat(16) },
      state: 'held',
      claimedAt: 0,
      renewedAt: 0,
      leaseMs: TIMES.leaseMs,
    },
    released: 0,
    renew,
    async release() {
      this.released += 1;
    },
  });

  test('is aborted before its lease ends where the claim cannot be renewed', async () => {
    const time = createVirtualTime();
    const troubles: string[] = [];
    const claim = fakeClaim(() => Promise.reject(new Error('no network')));
    const work = whileClaimed(claim, (signal) => time.sleep(60 * MINUTE, signal), {
      renewEveryMs: TIMES.renewEveryMs,
      clock: time,
      onTrouble: (message) => troubles.push(message),
    });
    const [result] = await time.run([work]);
    expect(result).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ code: 'CLAIM_LOST' }) });
    expect(time.now()).toBeLessThan(TIMES.leaseMs);
    expect(troubles[0]).toBe('the claim could not be renewed: no network');
    expect(claim.released).toBe(0);
  });

  test('a renewal that hangs is none', async () => {
    const time = createVirtualTime();
    const claim = fakeClaim(() => new Promise(() => undefined));
    const work = whileClaimed(claim, (signal) => time.sleep(60 * MINUTE, signal), {
      renewEveryMs: MINUTE,
      clock: time,
      onTrouble: () => undefined,
    });
    const [result] = await time.run([work]);
    expect(result).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ code: 'CLAIM_LOST' }) });
    expect(time.now()).toBeLessThan(TIMES.leaseMs);
  });

  test('the claim is released where the work is done, and where it fails', async () => {
    const time = createVirtualTime();
    const claim = fakeClaim(async () => true);
    const options = { renewEveryMs: MINUTE, clock: time, onTrouble: () => undefined };
    await time.run([whileClaimed(claim, () => time.sleep(10 * MINUTE), options)]);
    expect(claim.released).toBe(1);
    const [result] = await time.run([whileClaimed(claim, () => Promise.reject(new Error('make failed')), options)]);
    expect(result).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ message: 'make failed' }) });
    expect(claim.released).toBe(2);
  });
});

describe('claim.json', () => {
  const record = {
    schemaVersion: 1,
    kind: 'claim',
    ...OF,
    holder: { nonce: 'a'.repeat(16), runId: '1' },
    state: 'held',
    claimedAt: 1,
    renewedAt: 2,
    leaseMs: 3,
  } as const;

  test('is read as it was written', () => {
    expect(parseClaim(encodeClaim(record), 'there')).toEqual(record);
  });

  test.each([
    [{ schemaVersion: 2 }, 'it is no claim of schemaVersion 1'],
    [{ holder: { nonce: '../..' } }, 'it names no holder'],
    [{ state: 'x' }, 'its state is neither held nor released'],
    [{ renewedAt: '5' }, 'a time is no whole number'],
    [{ image: 1 }, 'it names no image or identity'],
  ])('with %j is refused', (change, message) => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...record, ...change }));
    expect(() => parseClaim(bytes, 'there')).toThrow(`there: ${message}`);
  });
});
