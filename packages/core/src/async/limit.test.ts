import { expect, test } from '@jest/globals';
import { limit } from './limit.ts';

test('never more than n tasks run at once, and all of them run in order', async () => {
  const gate = limit(3);
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      gate(async () => {
        started.push(i);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return i * 2;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(results[19]).toBe(38);
});

test('a task that fails makes room for the next', async () => {
  const gate = limit(1);
  const failed = gate(async () => {
    throw new Error('no');
  });
  const next = gate(async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('yes');
});

test('an abort while waiting rejects, the task never starts, and the others are not held up', async () => {
  const gate = limit(1);
  const leave = await gate.enter();
  const abort = new AbortController();
  let ran = false;
  const aborted = gate(async () => {
    ran = true;
  }, abort.signal);
  const next = gate(async () => 'next');
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  leave();
  await expect(next).resolves.toBe('next');
  expect(ran).toBe(false);
});

test('leaving twice gives up one place only', async () => {
  const gate = limit(1);
  const leave = await gate.enter();
  leave();
  leave();
  await gate.enter();
  let second = false;
  const waiting = gate.enter().then(() => {
    second = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(second).toBe(false);
  void waiting;
});

test.each([0, -1, 1.5, Number.NaN])('limit(%p) is refused', (n) => {
  expect(() => limit(n)).toThrow(RangeError);
});
