import { posix, win32 } from 'node:path';
import type { RunContext } from '@waybill/core/runner';

/**
 * What Waybill keeps for this user: below `XDG_CACHE_HOME`, else below `.cache` in the home folder.
 * @param cacheHome a relative one is invalid and ignored (XDG Base Directory Specification)
 */
export function cacheFolder({ platform, home }: Pick<RunContext, 'platform' | 'home'>, cacheHome = ''): string {
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix;
  return join(isAbsolute(cacheHome) ? cacheHome : join(home, '.cache'), 'waybill');
}
