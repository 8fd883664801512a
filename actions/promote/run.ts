import { untrustedEvent } from '@waybill/core/cache';
import { WaybillError } from '@waybill/core/errors';
import {
  type PromotionOutcome,
  type PromotionSite,
  promote,
  promotedReference,
  promotionDocument,
  promotionSummary,
  refusal,
  rollbackChannel,
} from '@waybill/core/promote';
import type { RunContext, Runner } from '@waybill/core/runner';
import type { Inputs } from './inputs.ts';

export interface Deps {
  readonly runner: Runner;
  readonly context: RunContext;
  readonly site: PromotionSite;
  /** Writes the record file of this step, and gives its path. */
  readonly writeRecord: (text: string) => Promise<string>;
}

/**
 * Promotes or rolls back, sets the outputs and adds to the job's summary.
 * @throws WaybillError `EVENT_UNTRUSTED` (user) before anything is asked, `PROMOTION_REFUSED` (user, or integrity where the
 *   image is not whole) and `RECORDS_NOT_FILED` after outputs and summary are written; and those of the use cases
 */
export async function run(inputs: Inputs, deps: Deps): Promise<void> {
  const { runner, context } = deps;
  const event = untrustedEvent(context);
  if (event !== undefined) throw untrusted(event);
  const outcomes: PromotionOutcome[] = [];
  try {
    for await (const outcome of start(inputs, deps)) {
      outcomes.push(outcome);
      tell(outcome, deps);
    }
  } finally {
    // Also where a later target failed: what was done is done.
    await publish(outcomes, deps);
  }
  const last = outcomes.at(-1);
  const error = last === undefined ? undefined : (refusal(last) ?? last.notFiled);
  if (error !== undefined) throw error;
  runner.info(outcomes.map(({ channel, tag, result }) => `${channel ?? tag}: ${result}`).join(', '));
}

async function* start({ order, dryRun, records }: Inputs, { site }: Deps): AsyncGenerator<PromotionOutcome> {
  const statement = records !== 'none';
  if (order.kind === 'rollback') yield await rollbackChannel({ ...order, statement, dryRun }, site);
  else yield* promote({ ...order, statement, dryRun }, site);
}

function tell({ channel, tag, digest, result, rules }: PromotionOutcome, { runner }: Deps): void {
  runner.info(`${channel ?? tag}: ${digest}: ${result}`);
  for (const { rule, verdict, message } of rules) runner.info(`  ${rule}: ${verdict}: ${message}`);
  for (const { message } of rules.filter(({ verdict }) => verdict === 'waived'))
    runner.warning(`${channel ?? tag}: ${message}; allow-diverged lets it in all the same`);
}

/** With several targets each output that differs has a line for each, in the order of `to`. */
async function publish(outcomes: readonly PromotionOutcome[], { runner, writeRecord }: Deps): Promise<void> {
  const [first] = outcomes;
  if (first === undefined) return;
  const lines = (of: (outcome: PromotionOutcome) => string) => outcomes.map(of).join('\n');
  const sum = (of: (outcome: PromotionOutcome) => number) => String(outcomes.reduce((all, each) => all + of(each), 0));
  runner.setOutput('digest', first.digest);
  runner.setOutput(
    'previous-digest',
    lines(({ previousDigest }) => previousDigest ?? ''),
  );
  runner.setOutput(
    'reference',
    lines((outcome) => promotedReference(outcome) ?? ''),
  );
  runner.setOutput('promoted', String(outcomes.some(({ result }) => result === 'promoted')));
  runner.setOutput(
    'mounted-bytes',
    sum(({ moved }) => moved.mountedBytes),
  );
  runner.setOutput(
    'copied-bytes',
    sum(({ moved }) => moved.copiedBytes),
  );
  const document = { schemaVersion: 1, promotions: outcomes.map(promotionDocument) };
  runner.setOutput('record', await writeRecord(`${JSON.stringify(document, null, 2)}\n`));
  runner.summary(promotionSummary(outcomes));
}

/** People without write access start these events, and they run with the repository's secrets. */
function untrusted(event: string): WaybillError {
  return new WaybillError('EVENT_UNTRUSTED', `nothing is promoted from ${event}: anybody can start it`, {
    kind: 'user',
    hint: 'Promote from push, workflow_dispatch, schedule, release or deployment, in a job with an environment.',
  });
}
