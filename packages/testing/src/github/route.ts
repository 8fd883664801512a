import type { Reply } from './reply.ts';
import type { PermissionLevel, PermissionName } from './types.ts';
import type { World } from './world.ts';

/** A request that was read. */
export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** What the path's template names. */
  readonly params: Readonly<Record<string, string>>;
  /** The caller may do this, as far as tokens go. */
  readonly may: (permission: PermissionName, level: PermissionLevel) => boolean;
  /** Bytes of an asset that is only half there: see the fault `starter`. */
  readonly interrupted: boolean;
}

/** One operation of the description. */
export interface Route {
  readonly method: string;
  /** As the description has it: `/repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly template: string;
  /** One of these is needed of the token. */
  readonly needs: readonly (readonly [PermissionName, PermissionLevel])[];
  readonly answer: (request: Incoming, world: World) => Reply;
}

/** Names whose values hold `/`. */
const WITH_SLASHES = new Set(['ref', 'path', 'basehead', 'tag']);

/** The route for a request and what its path says; undefined where none is. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const found = patternOf(route.template).exec(path);
    if (found === null) continue;
    const params = Object.fromEntries(
      Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return { route, params };
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

function patternOf(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const source = template
    .replaceAll('.', '\\.')
    .replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${WITH_SLASHES.has(name) ? '.+' : '[^/]+'})`);
  const pattern = new RegExp(`^${source}$`);
  patterns.set(template, pattern);
  return pattern;
}

/** A field of the body's JSON; undefined where it is not there. */
export function field(body: Uint8Array, name: string): unknown {
  const value = bodyOf(body);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textField(body: Uint8Array, name: string): string | undefined {
  const value = field(body, name);
  return typeof value === 'string' ? value : undefined;
}

export function flagField(body: Uint8Array, name: string): boolean | undefined {
  const value = field(body, name);
  return typeof value === 'boolean' ? value : undefined;
}

function bodyOf(body: Uint8Array): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    return {};
  }
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
