import { readFileSync } from 'node:fs';
import { appendFileCommand } from './file-command.ts';

/** The runner's files, as the environment names them (actions/runner#4527). */
export interface ArtifactFiles {
  /** `GITHUB_ARTIFACTS`: where this step declares what it made. Undefined: this runner does not ask. */
  readonly declare: string | undefined;
  /** `GITHUB_ARTIFACTS_LIST`: what the steps before it declared. */
  readonly list: string | undefined;
}

/**
 * Declares an image that this step made, so that a later step of the job can attest it (actions/attest).
 * False where nothing was declared: the runner does not ask, or an earlier step declared another digest of this image,
 * which the runner would take for an error of the step.
 * @param image `host/repository`
 */
export function declareImage(image: string, digest: string, { declare, list }: ArtifactFiles): boolean {
  if (declare === undefined || declared(list).some((each) => each.name === image && each.digest !== digest))
    return false;
  appendFileCommand(declare, `oci://${image}@${digest}`);
  return true;
}

function declared(list: string | undefined): readonly { readonly name: unknown; readonly digest: unknown }[] {
  try {
    const json: unknown = list === undefined ? undefined : JSON.parse(readFileSync(list, 'utf8'));
    const subjects = typeof json === 'object' && json !== null && 'subjects' in json ? json.subjects : undefined;
    if (!Array.isArray(subjects)) return [];
    return subjects.flatMap((subject: unknown) =>
      typeof subject === 'object' && subject !== null && 'name' in subject && 'digest' in subject ? [subject] : [],
    );
  } catch {
    return [];
  }
}
