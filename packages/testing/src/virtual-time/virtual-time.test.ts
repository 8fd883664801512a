import { expect, test } from '@jest/globals';
import { createVirtualTime } from './virtual-time.ts';

test('sleepers wake in the order of their times, and time is then what they waited for', async () => {
  const time = createVirtualTime();
  const woken: string[] = [];
  const sleeper = async (name: string, ms: number) => {
    await time.sleep(ms);
    woken.push(`${name} at ${time.now()}`);
  };
  await time.run([sleeper('late', 3_600_000), sleeper('early', 10), sleeper('also early', 10)]);
  expect(woken).toEqual(['early at 10', 'also early at 10', 'late at 3600000']);
});

test('an abort ends a sleep at once', async () => {
  const time = createVirtualTime();
  const abort = new AbortController();
  const [slept] = await time.run([
    time.sleep(1000, abort.signal),
    time.sleep(1).then(() => abort.abort(new Error('enough'))),
  ]);
  expect(slept).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ message: 'enough' }) });
  expect(time.now()).toBe(1);
});

test('waiting for what never comes is told', async () => {
  await expect(createVirtualTime().run([new Promise(() => undefined)])).rejects.toThrow('nobody sleeps');
});
