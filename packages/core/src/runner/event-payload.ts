import { readFileSync } from 'node:fs';

/** What is read of the event that started the run; each part is undefined where the event has no such thing. */
export interface EventPayload {
  /** A branch name. Payloads of `schedule` have none. */
  readonly defaultBranch: string | undefined;
  readonly headCommitMessage: string | undefined;
  /** Of a `workflow_run`: `OWNER/REPO` that the run which triggered this one worked on. */
  readonly triggeringRepository: string | undefined;
  /** Of a pull request: the commit that people pushed. */
  readonly pullRequestHead: string | undefined;
}

/** The event in this file. A file that is missing or not JSON tells nothing, and is no error: act and job containers have none at times. */
export function readEventPayload(path: string | undefined): EventPayload {
  let json: unknown;
  try {
    if (path) json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    json = undefined;
  }
  return {
    defaultBranch: textAt(json, 'repository', 'default_branch'),
    headCommitMessage: textAt(json, 'head_commit', 'message'),
    triggeringRepository: textAt(json, 'workflow_run', 'head_repository', 'full_name'),
    pullRequestHead: textAt(json, 'pull_request', 'head', 'sha'),
  };
}

function textAt(json: unknown, ...path: readonly string[]): string | undefined {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}
