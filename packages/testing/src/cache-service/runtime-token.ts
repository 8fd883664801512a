import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenRequest, TokenScope } from './types.ts';

/** Who calls, by the token. */
export interface Bearer {
  readonly repositoryId: string;
  readonly scopes: readonly TokenScope[];
}

/** Bits of a scope's `Permission` in the claim `ac`. */
const READ = 1;
const WRITE = 2;
const DEFAULT_LIFE_MS = 6 * 3_600_000;
const DEFAULT_REPOSITORY = '1296269';

/** A token like the runner's `ACTIONS_RUNTIME_TOKEN`: a JWT whose claim `ac` is the JSON text of the scopes. */
export function makeRuntimeToken(request: TokenRequest, secret: string, now: number): string {
  const ac = request.scopes.map(({ scope, access }) => ({
    Scope: scope,
    Permission: access === 'write' ? READ | WRITE : READ,
  }));
  const claims = {
    iss: 'cache-service',
    exp: Math.ceil((now + (request.lifeMs ?? DEFAULT_LIFE_MS)) / 1000),
    ac: JSON.stringify(ac),
    repository_id: request.repositoryId ?? DEFAULT_REPOSITORY,
  };
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${signature(signed, secret)}`;
}

/** The bearer of an `Authorization` header; undefined where it is none of ours, or too old. */
export function readBearer(authorization: string | undefined, secret: string, now: number): Bearer | undefined {
  const [, signed = '', claims = '', given = ''] =
    /^Bearer ([\w-]+\.([\w-]+))\.([\w-]+)$/i.exec(authorization ?? '') ?? [];
  if (!sameText(given, signature(signed, secret))) return undefined;
  const { exp, ac, repository_id: repositoryId } = record(JSON.parse(Buffer.from(claims, 'base64url').toString()));
  if (typeof exp !== 'number' || now >= exp * 1000) return undefined;
  if (typeof ac !== 'string' || typeof repositoryId !== 'string') return undefined;
  const listed: unknown = JSON.parse(ac);
  return { repositoryId, scopes: Array.isArray(listed) ? listed.flatMap(readScope) : [] };
}

/** Compares without telling by its time how much was right. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function readScope(item: unknown): TokenScope[] {
  const { Scope: scope, Permission: permission } = record(item);
  if (typeof scope !== 'string' || typeof permission !== 'number') return [];
  if ((permission & WRITE) !== 0) return [{ scope, access: 'write' }];
  return (permission & READ) === 0 ? [] : [{ scope, access: 'read' }];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url');
}
