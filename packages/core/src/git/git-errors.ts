import { redact, WaybillError } from '../errors/index.ts';
import { type GitRemote, showRemote } from './git-remote.ts';

export interface FailedCall {
  /** The command alone: `fetch`, `push`. */
  readonly command: string;
  readonly remote: GitRemote;
  readonly stderr: string;
  readonly status: number | string;
  readonly secrets: readonly string[];
}

const SHOWN = 300;

const DENIED =
  /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied|permission to .+ denied|access denied|denied to |error: 40[13]\b|returned error: 40[13]\b|HTTP 40[13]\b|Write access to repository not granted|insufficient permission/i;
const UNKNOWN =
  /Repository not found|repository .+ not found|does not appear to be a git repository|returned error: 404|does not exist|not a git repository/i;
const UNSAFE = /detected dubious ownership/i;
/** What a fetch asked for and the repository does not have, or does not give; each a code of its own, for this room alone. */
const ANSWERS: readonly (readonly [string, RegExp])[] = [
  ['GIT_NO_FILTER', /filter .*not supported/i],
  ['GIT_OTHER_FORMAT', /mismatched algorithms/i],
  ['GIT_NOT_GIVEN', /unadvertised object/i],
  ['GIT_NOT_THERE', /not our ref|couldn't find remote ref|no matching remote head|bad object|from promisor remote/i],
];
const REDIRECT = /redirect|returned error: 30[1278]/i;

/** The error for a git that ended with a failure: who denied, what is not there, or what may be tried again. */
export function gitFailed(call: FailedCall): WaybillError {
  const { command, remote, stderr, status } = call;
  const said = lastLines(stderr, call.secrets);
  const where = showRemote(remote);
  // So, without a word, ends a shallow fetch of refs of which there are none.
  const isEmpty = command === 'fetch' && status === 1 && stderr.trim() === '';
  const answer = isEmpty ? 'GIT_NOT_THERE' : ANSWERS.find(([, words]) => words.test(stderr))?.[0];
  if (answer !== undefined) {
    return new WaybillError(answer, `${where} does not give what git ${command} asked for: ${said}`, {
      kind: 'remote',
    });
  }
  if (UNSAFE.test(stderr)) {
    return new WaybillError('GIT_UNSAFE', `${where} belongs to another user, and git does not open it`, {
      kind: 'user',
      hint: `If that is as it should be: git config --global --add safe.directory ${JSON.stringify(where)}`,
    });
  }
  if (DENIED.test(stderr)) {
    return new WaybillError('GIT_DENIED', `${where} denied git ${command}: ${said}`, {
      kind: 'user',
      hint: 'Give a token that may read the repository (`permissions: contents: read`) and, to record something, write it (`contents: write`).',
    });
  }
  if (UNKNOWN.test(stderr)) {
    return new WaybillError('GIT_REPOSITORY_UNKNOWN', `there is no git repository at ${where}: ${said}`, {
      kind: 'user',
      hint: 'Name an existing repository. Hosts also say so of one that the token may not read.',
    });
  }
  if (REDIRECT.test(stderr)) {
    return new WaybillError(
      'GIT_REDIRECTED',
      `${where} answers with a redirect, which a token does not follow: ${said}`,
      {
        kind: 'user',
        hint: 'The repository was renamed or moved: give its new address.',
      },
    );
  }
  return new WaybillError('GIT_FAILED', `git ${command} at ${where} ended with ${status}: ${said}`, {
    kind: 'remote',
    hint: 'Try again; where it stays so, run the same with git by hand.',
  });
}

/** Advice and closing words, which would hide what went wrong. */
const NOISE =
  /^(?:hint:|Done$|To |remote:$|error: failed to push some refs|Please make sure|and the repository exists|remote: (?:Another git process|an editor opened|are terminated|may have crashed|remove the file))/;

/** What git said last, on one line, without credentials and terminal escapes. */
export function lastLines(stderr: string, secrets: readonly string[]): string {
  const lines = redact(stderr, secrets)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\p{Cc}\[[0-9;]*[A-Za-z]|\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '' && !NOISE.test(line));
  const text = lines.slice(-3).join('; ');
  return text === '' ? 'it did not say why' : text.slice(-SHOWN);
}
