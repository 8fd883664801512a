import { keyPlatform } from '@waybill/core/cache';
import { deriveKey, explainKey } from '@waybill/core/keys';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { OUTPUT_OPTIONS, type Session } from '../session/index.ts';
import { DERIVE_OPTIONS, readDerivation } from './wanted-entry.ts';

const NAME = 'cache key';

export const key: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'derive a key from lockfiles and tools',
    about: [
      'Prints the key on the first line and restore-keys, the longest first, on the next ones. The same state of the',
      'workspace gives the same key on every machine of a platform. Without --preset and --from lockfiles are looked for.',
    ],
    positionals: [],
    options: {
      ...DERIVE_OPTIONS,
      folder: { type: 'text', value: 'FOLDER', help: 'of a monorepo the package: the lockfiles nearest to it count' },
      repository: { type: 'text', value: 'OWNER/REPO', help: "stands in the key; on GitHub the run's" },
      explain: { type: 'flag', help: 'a table of all that the key depends on' },
      ...OUTPUT_OPTIONS,
    },
    examples: [
      { line: 'waybill cache key --preset npm', what: 'key and restore-keys' },
      {
        line: 'waybill cache key --from lock:Cargo.lock --from tool:rustc --explain',
        what: 'of what is named, and why',
      },
      { line: 'KEY=$(waybill cache key --preset npm | head -n 1)', what: 'in a script' },
    ],
    exitCodes: {
      [ExitCode.usage]: 'wrong usage, no lockfile, or a tool is missing',
      [ExitCode.failed]: 'a tool did not answer in time',
    },
  },
  async ({ values }, session) => {
    const { context, print, runTool, env, signal } = session;
    const derived = await deriveKey(
      {
        repository: values.repository ?? context.repository,
        platform: keyPlatform(context, values['cross-os']),
        ...readDerivation(values, NAME),
        ...(values.folder === undefined ? {} : { folder: values.folder }),
        context,
      },
      { runTool, env, signal },
    );
    print.result(derived, values.explain ? [explainKey(derived)] : [derived.key, ...derived.restoreKeys]);
    return ExitCode.done;
  },
);
