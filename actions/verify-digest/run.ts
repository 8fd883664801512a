import type { IoOptions } from '@waybill/core/content';
import type { Registry } from '@waybill/core/registry';
import type { Runner } from '@waybill/core/runner';
import {
  type BuildLookUp,
  type Finding,
  type VerificationDocument,
  verificationDocument,
  verificationError,
  verificationSummary,
  verifyImage,
} from '@waybill/core/verify';
import type { Inputs } from './inputs.ts';

export interface Deps {
  readonly runner: Runner;
  readonly registry: Registry;
  /** Called where a commit is given. */
  readonly builds: () => Promise<BuildLookUp>;
  /** Of the run. */
  readonly ref: string | undefined;
  /** Whether what any pull request built is taken everywhere, as the configuration has it; asked where it matters. */
  readonly takesPullRequests: (io: IoOptions) => Promise<boolean>;
  /** Writes the findings' file of this step, and gives its path. */
  readonly writeFindings: (text: string) => Promise<string>;
  readonly signal?: AbortSignal;
}

/**
 * Verifies the image, sets the outputs and adds to the job's summary.
 * @throws WaybillError `NOT_VERIFIED`, `DIGEST_LOST` (integrity) after outputs and summary are written; what keeps registry
 *   or ledger from answering
 */
export async function run({ image, layers, platforms }: Inputs, deps: Deps): Promise<VerificationDocument> {
  const { runner, registry, builds, ref, takesPullRequests, writeFindings, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  const verification = await verifyImage(image, {
    registry,
    builds,
    ref,
    takesPullRequests,
    layers,
    platforms,
    ...io,
  });
  const document = verificationDocument(`${registry.host}/${registry.repository}`, layers, verification);
  runner.setOutput('digest', document.digest);
  runner.setOutput('verified', document.verified);
  runner.setOutput('media-type', document.mediaType ?? '');
  runner.setOutput('platforms', document.platforms.join(','));
  runner.setOutput('findings', await writeFindings(`${JSON.stringify(document, null, 2)}\n`));
  runner.summary(verificationSummary(document));
  for (const finding of document.findings) tell(finding, runner);
  const error = verificationError(document);
  if (error !== undefined) throw error;
  runner.info(`${document.reference}: ${document.verified}`);
  return document;
}

/** Errors are told by what the step fails with. */
function tell({ level, code, message }: Finding, runner: Runner): void {
  if (level === 'warning') runner.warning(message, { title: code });
  if (level === 'note') runner.info(`${code}: ${message}`);
}
