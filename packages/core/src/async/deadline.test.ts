import { expect, test } from '@jest/globals';
import { withDeadline } from './deadline.ts';
import { sleep } from './sleep.ts';

const never = () => new Promise<never>(() => undefined);
const atOnce = async () => undefined;

test('gives what the operation gives when it is in time, and ends the timer', async () => {
  let timer: AbortSignal | undefined;
  const waiting = (_ms: number, signal?: AbortSignal) => {
    timer = signal;
    return never();
  };
  await expect(withDeadline(50, async () => 'done', { what: 'GET', sleep: waiting })).resolves.toBe('done');
  expect(timer?.aborted).toBe(true);
});

test('throws DEADLINE_EXCEEDED and aborts the signal of an operation that is late', async () => {
  let seen: AbortSignal | undefined;
  const late = withDeadline(
    50,
    (signal) => {
      seen = signal;
      return never();
    },
    { what: 'GET /blob', sleep: atOnce },
  );
  await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', message: 'GET /blob took longer than 50 ms' });
  expect(seen?.aborted).toBe(true);
});

test('an abort of the caller is told with its own reason', async () => {
  const abort = new AbortController();
  const running = withDeadline(50, never, { what: 'GET', signal: abort.signal, sleep: never });
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});

test('sleep rejects at once on an aborted signal and ends early on an abort', async () => {
  await expect(sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort(new Error('meanwhile'));
  await expect(sleeping).rejects.toThrow('meanwhile');
  await expect(sleep(0)).resolves.toBeUndefined();
});
