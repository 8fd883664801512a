/** What a runner gives to the steps of actions, and not to the commands of a job. */
const OF_THE_STEP = /^(INPUT_.*|STATE_.*|ACTIONS_.*|GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY))$/i;

/** Told to every tool: not to wait for an answer that nobody will give. */
const UNATTENDED = { COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' };

/**
 * The environment for a tool of the job. A checkout decides what some tools run (`yarnPath`, `.npmrc`, a wrapper), so they
 * see what a `run` step would see: not this step's inputs, state and command files, and not the tokens for the cache
 * service and for OpenID Connect, with which code of a pull request could write what others restore.
 */
export function toolEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !OF_THE_STEP.test(name));
  return { ...Object.fromEntries(kept), ...UNATTENDED };
}
