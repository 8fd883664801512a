#!/usr/bin/env node
// Plain and short: it must run on a Node that is too old for the rest, to say so.
import { existsSync } from 'node:fs';
import process from 'node:process';

const main = new URL('../dist/index.js', import.meta.url);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`error: waybill needs Node 22.15 or newer (zstd), and this is ${process.versions.node}`);
  process.exitCode = 2;
} else if (!existsSync(main)) {
  console.error('error: this is a checkout in which the command line was never built: npm run build:cli');
  process.exitCode = 2;
} else {
  await import(main.href);
}
