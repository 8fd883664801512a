import { expect, test } from '@jest/globals';
import { ThreadQueue } from './thread-queue.ts';

/** Work that ends when it is told to. */
function held() {
  const begun: { readonly thread: number; readonly end: (error?: Error) => void }[] = [];
  const work = (thread: number) =>
    new Promise<void>((resolve, reject) => {
      begun.push({ thread, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { begun, work };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work goes to the thread that has least, and waits where all have enough', async () => {
  const { begun, work } = held();
  const queue = new ThreadQueue(2, 2);
  for (let n = 0; n < 4; n++) await queue.run(work);
  expect(begun.map(({ thread }) => thread)).toEqual([0, 1, 0, 1]);
  const fifth = queue.run(work);
  await turn();
  expect(begun).toHaveLength(4);
  begun[3]?.end();
  await fifth;
  expect(begun.map(({ thread }) => thread)).toEqual([0, 1, 0, 1, 1]);
  for (const { end } of begun) end();
  await queue.settled();
});

test('of several who wait each begins once there is room', async () => {
  const { begun, work } = held();
  const queue = new ThreadQueue(1, 1);
  const all = [1, 2, 3].map(() => queue.run(work));
  for (let n = 0; n < 3; n++) {
    await turn();
    expect(begun).toHaveLength(n + 1);
    begun[n]?.end();
  }
  await Promise.all(all);
  await queue.settled();
});

test('after a failure nothing more begins, and the end waits for what was begun', async () => {
  const { begun, work } = held();
  const queue = new ThreadQueue(2, 1);
  await queue.run(work);
  await queue.run(work);
  begun[0]?.end(new Error('the disk is full'));
  await expect(queue.run(work)).rejects.toThrow('the disk is full');
  let over = false;
  const settled = queue.settled().finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  await turn();
  expect(over).toBe(false);
  begun[1]?.end(new Error('another'));
  await expect(settled).rejects.toThrow('the disk is full');
  expect(begun).toHaveLength(2);
});
