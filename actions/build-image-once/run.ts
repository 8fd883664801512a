import { untrustedEvent } from '@waybill/core/cache';
import { WaybillError } from '@waybill/core/errors';
import {
  type ImageOutcome,
  type ImageSite,
  imageOutputs,
  imageSummary,
  obtainImage,
  prepareRequest,
} from '@waybill/core/image';
import type { RunContext, Runner } from '@waybill/core/runner';
import type { Inputs } from './inputs.ts';

export interface Deps {
  readonly runner: Runner;
  readonly context: RunContext;
  readonly site: Pick<ImageSite, 'deps' | 'prepare'>;
  /** Declares what was built to the runner. */
  readonly declare: (image: string, digest: string) => void;
  /** Writes the record file of this step, and gives its path. */
  readonly writeRecord: (text: string) => Promise<string>;
}

/**
 * Obtains the image, sets the outputs and adds to the job's summary.
 * @throws WaybillError `EVENT_UNTRUSTED` (user) before anything is asked, and those of the use case
 */
export async function run(inputs: Inputs, deps: Deps): Promise<ImageOutcome> {
  const { context, site } = deps;
  const event = untrustedEvent(context);
  if (event !== undefined) throw untrusted(event);
  const request = await prepareRequest(inputs.order, site.prepare);
  const outcome = await obtainImage(request, site.deps);
  await publish(outcome, deps);
  return outcome;
}

async function publish(outcome: ImageOutcome, { runner, site, declare, writeRecord }: Deps): Promise<void> {
  const { result, digest, record } = outcome;
  // Of what was adopted somebody else can say how it was built.
  if (digest !== undefined && (result === 'built' || result === 'merged')) declare(outcome.image, digest);
  const file = record === undefined ? '' : await writeRecord(`${JSON.stringify(record, null, 2)}\n`);
  const outputs = { ...imageOutputs(outcome, site.deps.facts), record: file };
  for (const [name, value] of Object.entries(outputs)) runner.setOutput(name, value);
  runner.summary(imageSummary(outcome));
}

function untrusted(event: string): WaybillError {
  return new WaybillError('EVENT_UNTRUSTED', `a run of ${event} builds no image that others take`, {
    kind: 'user',
    hint: 'People without write access start such runs, with the rights of the default branch. Build on push, or on pull_request.',
  });
}
