import { errorCode } from '../errors/index.ts';
import { createActionsRunner } from './actions-runner.ts';
import { describeError } from './describe-error.ts';
import type { Host } from './host.ts';
import type { Runner } from './runner.ts';

/** `main` fails the step where it throws; `post` warns, because what it tidies up must not turn a green job red. */
export type Phase = 'main' | 'post';

export interface Step {
  readonly runner: Runner;
  /** Aborts when the job is cancelled (SIGINT, then SIGTERM), so that nothing is left half-written. */
  readonly signal: AbortSignal;
}

/** What a write to standard output fails with when nobody reads it any more (write(2); Node's errors). */
const LISTENER_GONE: readonly string[] = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];

/**
 * Runs one phase of an action and never throws. An error is printed with its code as the title and its hint; the exit
 * code is set, the process is left to end by itself. So is an error that nobody waited for, which would otherwise end the
 * process at once, and make a green job red for the sake of a cache.
 */
export async function entry(
  host: Host,
  action: string,
  phase: Phase,
  body: (step: Step) => Promise<void>,
): Promise<void> {
  const runner = createActionsRunner(host);
  const controller = new AbortController();
  const report = (error: unknown) => {
    if (phase === 'main') {
      runner.failed(error);
    } else {
      const { title, text } = describeError(error);
      runner.warning(`${action}: ${text}`, { title });
    }
  };
  const cancel = () => controller.abort(new DOMException('the job was cancelled', 'AbortError'));
  host.on('SIGINT', cancel);
  host.on('SIGTERM', cancel);
  // Node hands rejections that nobody waits for to the same listener.
  host.on('uncaughtException', (error) => {
    // Where the runner has gone, to tell it so would fail in the same way, again and again.
    if (!LISTENER_GONE.includes(errorCode(error) ?? '')) report(error);
    controller.abort(error);
  });
  try {
    await body({ runner, signal: controller.signal });
  } catch (error) {
    report(error);
  } finally {
    host.off('SIGINT', cancel);
    host.off('SIGTERM', cancel);
  }
}
