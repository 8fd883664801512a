import { resolve } from 'node:path';
import type { Sleep } from '../async/index.ts';
import { deriveKey } from '../keys/index.ts';
import { isOfPullRequest } from '../ledger/index.ts';
import type { PathContext } from '../paths/index.ts';
import type { RunTool } from '../proc/index.ts';
import { readBuildArgs, readBuildContexts, refuseSecretArgs } from './buildx/build-args.ts';
import { imageLabels } from './buildx/labels.ts';
import type { ClaimTimes } from './claims/await-turn.ts';
import type { Identity } from './identity/build-source.ts';
import { identityText, readIdentity } from './identity/read-identity.ts';
import type { Adopt, ImageOrder } from './image-order.ts';
import { type ImageFacts, type ImageLog, type ImageRequest, imageName } from './obtain/image-request.ts';
import { allowedAdopt, type ImagePolicy, settleAdopt } from './settle-adopt.ts';

const MINUTE = 60_000;
/** Renewed every minute, dead after five without: a git push a minute is little, and a crash costs no more than that. */
const TIMES: Omit<ClaimTimes, 'waitMs'> = { renewEveryMs: MINUTE, leaseMs: 5 * MINUTE, pollMs: 5000 };
/** From here on it is worth a word. */
const MANY_FILES = 10_000;
const MUCH = 1024 ** 3;

export interface PrepareDeps {
  /** The folder that paths are relative to, and what a pattern may name. */
  readonly paths: PathContext;
  /** As Node has it. */
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runTool: RunTool;
  readonly facts: ImageFacts;
  readonly policy: ImagePolicy;
  /** What no build argument may hold. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Default: renewal 60 s, lease 5 min, a look every 5 s. */
  readonly times?: Omit<ClaimTimes, 'waitMs'>;
  readonly log: ImageLog;
  readonly signal?: AbortSignal;
}

/**
 * What is asked for, and what it is known by.
 * @throws WaybillError `SECRET_IN_BUILD_ARG` (user), and those of {@link settleAdopt}, {@link readIdentity} and of the keys
 */
export async function prepareRequest(order: ImageOrder, deps: PrepareDeps): Promise<ImageRequest> {
  const { options, place, mode, push, attach } = order;
  const { env, facts, log, now } = deps;
  const buildArgs = readBuildArgs(options.buildArgs, env);
  refuseSecretArgs(buildArgs, deps.secrets);
  const adopt = await settleAdopt(order, deps);
  const identity = await identify({ ...order, adopt }, buildArgs, deps);
  tell(identity, log);
  const image = imageName(place);
  const tags = order.tags.length > 0 ? order.tags : [{ ...place, tag: derivedTag(identity) }];
  const { serverUrl, repository, runId, runAttempt } = facts;
  return {
    place,
    mode,
    identity,
    sharedIdentity: scopeOf({ adopt }, facts) === '' ? undefined : sharedText(identity),
    // On other refs it was not asked: nothing that they find is of a pull request, or it would have another identity.
    takesPullRequests: async (io) =>
      order.adopt !== 'same-ref' && (await allowedAdopt(place, deps.policy, io)) === 'any',
    options,
    labels: imageLabels(options.labels, {
      image,
      serverUrl,
      repository,
      commit: identity.commit,
      ref: facts.ref,
      now: now(),
    }),
    builderId:
      serverUrl === undefined || repository === undefined || runId === undefined
        ? undefined
        : `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt ?? '1'}`,
    tags,
    push,
    attach,
    times: { ...(deps.times ?? TIMES), waitMs: order.waitMinutes * MINUTE },
  };
}

async function identify(
  order: ImageOrder & { readonly adopt: Adopt },
  buildArgs: ReadonlyMap<string, string | undefined>,
  { paths, arch, env, runTool, facts, signal }: PrepareDeps,
): Promise<Identity> {
  const { options, place } = order;
  const { workspace } = paths;
  const io = signal === undefined ? {} : { signal };
  return readIdentity(
    {
      image: imageName(place),
      workspace,
      context: resolve(workspace, options.context),
      file: options.file === '' ? undefined : resolve(workspace, options.file),
      target: options.target,
      platforms: options.platforms,
      nativePlatform: `linux/${arch === 'x64' ? 'amd64' : arch}`,
      buildArgs,
      buildContexts: readBuildContexts(options.buildContexts),
      by: order.identity,
      inputs: order.identity === 'inputs' ? await listedInputs(order, paths, { runTool, env, ...io }) : [],
      scope: scopeOf(order, facts),
    },
    { runTool, ...io },
  );
}

/** What `identity-from` lists, each as kind, name and value. */
async function listedInputs(
  { identityFrom }: ImageOrder,
  context: PathContext,
  deps: Parameters<typeof deriveKey>[1],
): Promise<readonly string[]> {
  const request = {
    repository: undefined,
    platform: 'any',
    auto: false,
    preset: undefined,
    from: identityFrom,
    context,
  };
  const { fields } = await deriveKey(request, deps);
  return fields.map(({ kind, name, value }) => `${kind} ${name} ${value}`);
}

/** The ref of a pull request, whose builds nobody else takes; else empty: everybody does. */
function scopeOf({ adopt }: { readonly adopt: Adopt }, facts: ImageFacts): string {
  return adopt === 'same-ref' && isOfPullRequest(facts) ? (facts.ref ?? '') : '';
}

function sharedText({ fields }: Identity): string {
  return identityText(fields.map(([name, value]) => [name, name === 'scope' ? '' : value]));
}

/** So that no clean-up of untagged versions takes the image; another build of the commit has another one. */
function derivedTag({ commit, text }: Identity): string {
  return commit === undefined ? `build-${text.slice(0, 12)}` : `sha-${commit.slice(0, 12)}-${text.slice(0, 8)}`;
}

function tell({ text, kind, commit, ignored }: Identity, log: ImageLog): void {
  const of = commit === undefined ? '' : ` of commit ${commit}`;
  log.info(`Identity ${text.slice(0, 12)}${of}, by ${kind}.`);
  if (ignored.files === 0) return;
  const sample = ignored.sample.join(', ') + (ignored.files > ignored.sample.length ? ', …' : '');
  const what = `${ignored.files} ${ignored.files === 1 ? 'file' : 'files'} (${ignored.bytes} bytes) that git does not track: ${sample}`;
  log.info(`Part of it by their contents: ${what}`);
  if (ignored.files > MANY_FILES || ignored.bytes > MUCH) {
    log.notice(
      `The identity depends on ${what}. Each change of one of them makes another build; leave out by .dockerignore what the image does not need.`,
    );
  }
}
