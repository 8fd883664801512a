export { createHttp, type HttpOptions } from './create-http.ts';
export { displayUrl, isTransient } from './http-error.ts';
export { type Env, type ProxyFor, proxyFromEnv } from './proxy-from-env.ts';
export { readAll } from './read-all.ts';
export type { Hop, Http, HttpRequest, HttpResponse, RequestBody } from './types.ts';
