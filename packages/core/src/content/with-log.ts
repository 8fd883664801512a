import { errorCode, errorMessage } from '../errors/index.ts';
import { around } from './around.ts';
import type { KeyedStore, Store } from './ports.ts';

/** The store, which tells every call when it is answered: `push sha256:…: pushed, 12 ms`. Bodies are not waited for. */
export function withLog<S extends Store | KeyedStore>(store: S, log: (line: string) => void, now: () => number): S {
  return around(store, {
    async call(call, run) {
      const start = now();
      const tell = (outcome: string) =>
        log(`${call.operation} ${call.subject}: ${outcome}, ${Math.round(now() - start)} ms`);
      try {
        const answer = await run();
        tell(describeAnswer(answer));
        return answer;
      } catch (error) {
        tell(`${errorCode(error) ?? 'failed'} (${errorMessage(error)})`);
        throw error;
      }
    },
  });
}

function describeAnswer(answer: unknown): string {
  if (answer === undefined) return 'nothing';
  if (typeof answer === 'string' || typeof answer === 'boolean') return String(answer);
  if (typeof answer === 'object' && answer !== null) {
    if ('written' in answer) return answer.written === true ? 'written' : 'not written';
    if ('how' in answer) return String(answer.how);
  }
  return 'ok';
}
