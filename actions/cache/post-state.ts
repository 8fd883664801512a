import type { Entry } from '@waybill/core/cache';
import { type Descriptor, parseDescriptor } from '@waybill/core/oci';
import type { SaveInputs } from './inputs.ts';

/**
 * What the main step leaves for the post step. The runner evaluates inputs again before post, and hands empty ones to a
 * step inside a nested composite (actions/cache#803, #1359), so everything is taken from here. Nothing is derived
 * again either: what the job did to its lockfiles does not change what its files are saved as.
 */
export interface PostState extends SaveInputs, Omit<Entry, 'path'> {
  readonly pathLines: readonly string[];
  readonly exactHit: boolean;
  /** The snapshot that was restored. */
  readonly parent?: Descriptor;
  /** When the restore began, in milliseconds since the epoch. */
  readonly startedAt: number;
}

const NAME = 'waybill';

export function saveState(runner: { saveState(name: string, value: string): void }, state: PostState): void {
  runner.saveState(NAME, JSON.stringify(state));
}

/** The state, or undefined where the main step left none: it failed before it knew what to save. */
export function readState(runner: { state(name: string): string }): PostState | undefined {
  const text = runner.state(NAME);
  return text === '' ? undefined : parseState(JSON.parse(text));
}

/** Only this action's main step writes the state, so its shape is taken as given; what names bytes is checked all the same. */
function parseState(json: unknown): PostState {
  const { parent, ...state } = json as PostState;
  return parent === undefined ? state : { ...state, parent: parseDescriptor(parent) };
}
