import { WaybillError } from '../../errors/index.ts';
import { displayUrl } from '../../http/index.ts';
import { isLoopback } from '../../oci/index.ts';

/** Registries whose token server is another host, both theirs: the only ones that credentials are taken to. */
const KNOWN_PAIRS: Readonly<Record<string, string>> = {
  'docker.io': 'auth.docker.io',
  'index.docker.io': 'auth.docker.io',
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
};

/**
 * The token server that a challenge names, if credentials for the registry may go there: https on the registry's own host
 * or a known pair. A registry on loopback, or one that is spoken to by plain http, may name http on the same host.
 * @throws WaybillError `REGISTRY_REALM_REFUSED`
 */
export function checkRealm(realm: string | undefined, registry: URL): URL {
  const url = realm === undefined ? null : URL.parse(realm);
  if (url === null || url.username !== '' || url.password !== '') throw refused(registry, 'none that can be read');
  const bothLoopback = isLoopback(registry.hostname) && isLoopback(url.hostname);
  const related = url.hostname === registry.hostname || KNOWN_PAIRS[registry.hostname] === url.hostname || bothLoopback;
  const safe =
    url.protocol === 'https:' || (url.protocol === 'http:' && (bothLoopback || registry.protocol === 'http:'));
  if (related && safe) return url;
  throw refused(registry, displayUrl(url));
}

function refused(registry: URL, found: string): WaybillError {
  return new WaybillError(
    'REGISTRY_REALM_REFUSED',
    `the registry ${registry.host} names a token server that credentials are not taken to: ${found}; expected https on ${registry.hostname}`,
    { kind: 'remote', hint: 'If the registry is what it should be, put its token server behind the same host name.' },
  );
}
