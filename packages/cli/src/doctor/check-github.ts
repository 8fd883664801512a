import { untrustedEvent } from '@waybill/core/cache';
import type { RunContext } from '@waybill/core/runner';
import { type Check, ok, warning } from './check.ts';

/** What a run of a workflow may do, as far as its environment tells. Asks nobody. */
export function checkGithub(
  context: RunContext,
  { onGithub, hasToken }: { readonly onGithub: boolean; readonly hasToken: boolean },
): readonly Check[] {
  if (!onGithub)
    return [ok('github', 'not a run of a workflow: entries have the scope `local` unless --ref names one')];
  const { repository, ref, cacheMode, eventName } = context;
  const event = untrustedEvent(context);
  return [
    ref === undefined
      ? warning(
          'github',
          `the event ${eventName ?? 'of this run'} belongs to no ref, so nothing is found or saved`,
          'Name one by --ref.',
        )
      : ok('github', `run of ${repository ?? 'an unknown repository'}, ${ref}`),
    modeCheck(cacheMode),
    ...(event === undefined
      ? []
      : [
          warning(
            'event',
            `nothing is saved: people without write access can start this run (${event})`,
            'Save in a workflow on push or pull_request.',
          ),
        ]),
    hasToken
      ? ok('token', 'GITHUB_TOKEN is set')
      : ok(
          'token',
          'GITHUB_TOKEN is not set; a dir: store needs none. A step gets it by `env: { GITHUB_TOKEN: ${{ github.token }} }`',
        ),
  ];
}

function modeCheck(mode: RunContext['cacheMode']): Check {
  if (mode === 'write') return ok('cache-mode', 'entries can be restored and saved');
  const what = { read: 'nothing is saved', 'write-only': 'nothing is restored', none: 'nothing is restored or saved' }[
    mode
  ];
  return warning(
    'cache-mode',
    `it is ${mode}: ${what}`,
    'It is set by the workflow or the event (ACTIONS_CACHE_MODE).',
  );
}
