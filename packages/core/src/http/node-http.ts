import type http from 'node:http';
import type https from 'node:https';
import type tls from 'node:tls';

// An `import` of node:http makes Node evaluate every export of it, WebSocket too, and so load undici: 38 ms of processor
// time on a machine where bare Node takes 29. Asked for in this way it costs 2 ms, and node:https 20.

export function loadHttp(): typeof http {
  return process.getBuiltinModule('node:http');
}

export function loadHttps(): typeof https {
  return process.getBuiltinModule('node:https');
}

export function loadTls(): typeof tls {
  return process.getBuiltinModule('node:tls');
}
