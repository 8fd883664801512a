import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkFile, checkRepository } from './layers.ts';

const root = path.dirname(import.meta.dirname);
const OCI = 'packages/core/src/oci/digest.ts';
const CONTENT = 'packages/core/src/content/memory.ts';

describe('the rules of the house', () => {
  test('are kept by every source file', () => {
    expect(checkRepository(root)).toEqual([]);
  });

  test.each([
    ['a room imports a lower one', CONTENT, "import { a } from '../oci/index.ts';"],
    ['a room imports itself', CONTENT, "import { a } from './ports.ts';"],
    [
      'a file in a folder of a room imports its own room',
      'packages/core/src/content/layout/a.ts',
      "import { a } from '../ports.ts';",
    ],
    ['an action imports core by its name', 'actions/cache/run.ts', "import { a } from '@waybill/core/cache';"],
    [
      'a test imports the fakes',
      'packages/core/src/content/memory.test.ts',
      "import { a } from '@waybill/testing/stores';",
    ],
    [
      'an edge touches the machine',
      'actions/cache/main.ts',
      'export const a = [process.env, Date.now(), new Date(), fetch];',
    ],
    ['a test touches the machine', 'actions/cache/run.test.ts', 'export const a = process.env;'],
    ['an argument named fetch is called', OCI, 'export const a = (fetch: (b: string) => void) => fetch("x");'],
    ['a destructured fetch is called', OCI, 'export function a({ fetch }: B) { fetch("x"); }'],
    ['a property named fetch is called', OCI, 'export const a = (b: B) => b.fetch("x");'],
    ['a method is named fetch', OCI, 'export class A { fetch(): void {} }'],
    ['an interface has a method named fetch', OCI, 'export interface A { fetch(a: string): void; }'],
    ['a date is made of an argument', OCI, 'export const a = (ms: number) => new Date(ms);'],
    [
      'an index.ts re-exports',
      'packages/core/src/oci/index.ts',
      "export { a } from './a.ts';\nexport type { B } from './b.ts';",
    ],
    [
      'a comment or a string names what is forbidden',
      OCI,
      "// import '../snapshot/index.ts'; process.env\nexport const a = 'process.env';",
    ],
  ])('allow that %s', (_rule, file, source) => {
    expect(checkFile(file, source)).toEqual([]);
  });

  test.each([
    [
      'a higher room',
      OCI,
      "import { a } from '../content/index.ts';",
      'room oci (layer 1) imports content of the higher layer 2',
    ],
    ['a sibling', CONTENT, "import { a } from '../paths/index.ts';", 'room content imports its sibling paths'],
    ['a sibling by a type', CONTENT, "import type { A } from '../paths/index.ts';", 'imports its sibling paths'],
    [
      'a sibling in an import type',
      CONTENT,
      "export type A = import('../paths/index.ts').A;",
      'imports its sibling paths',
    ],
    [
      'a sibling by import()',
      CONTENT,
      "export const a = () => import('../paths/index.ts');",
      'imports its sibling paths',
    ],
    ['a sibling by re-export', CONTENT, "export * from '../paths/index.ts';", 'imports its sibling paths'],
    [
      'a sibling after text of many bytes',
      CONTENT,
      "const a = '€€€€';\nimport { b } from '../paths/index.ts';",
      'memory.ts:2 room content',
    ],
    [
      'a file inside another room',
      CONTENT,
      "import { a } from '../oci/digest.ts';",
      'of another room only its index.ts',
    ],
    [
      'a file inside another room by package name',
      'actions/cache/run.ts',
      "import { a } from '@waybill/core/oci/digest';",
      'only its index.ts',
    ],
    [
      'another package by path',
      'actions/cache/run.ts',
      "import { a } from '../../packages/core/src/oci/index.ts';",
      'by its name',
    ],
    ['its own package by name', CONTENT, "import { a } from '@waybill/core/oci';", 'by relative path'],
    [
      'an action from core',
      CONTENT,
      "import { a } from '../../../../actions/cache/run.ts';",
      'nothing imports an action',
    ],
    [
      'an action from another',
      'actions/cache/run.ts',
      "import { a } from '../save-cache/run.ts';",
      'nothing imports an action',
    ],
    [
      'an action from a script',
      'scripts/a.ts',
      "import { a } from '../actions/cache/run.ts';",
      'nothing imports an action',
    ],
    [
      'the fakes outside tests',
      'actions/cache/run.ts',
      "import { a } from '@waybill/testing/stores';",
      'only tests import testing',
    ],
    ['the fakes in core', CONTENT, "import { a } from '@waybill/testing/stores';", 'core imports nothing above it'],
  ])('forbid to import %s', (_rule, file, source, message) => {
    expect(checkFile(file, source).join('\n')).toContain(message);
  });

  test.each([
    ['process.env', 'export const a = process.env;'],
    ['process.env', "export const a = process['env'];"],
    ['process.env', "import { env } from 'node:process';"],
    ['process.env', 'const { env } = process;'],
    ['Date.now', 'export const a = { now: Date.now };'],
    ['new Date()', 'export const a = new Date();'],
    ['Math.random', 'export const a = Math.random();'],
    ['fetch', "export const a = await fetch('x');"],
    ['fetch', 'export const a = { get: fetch };'],
    ['fetch', 'export const a = globalThis.fetch;'],
  ])('forbid %s away from the edges: %s', (what, source) => {
    expect(checkFile(OCI, `\n${source}`)).toEqual([expect.stringContaining(`${OCI}:2 uses ${what}`)]);
    expect(checkFile('actions/cache/run.ts', source)).toHaveLength(1);
  });

  test('forbid a room that has no layer', () => {
    expect(checkFile('packages/core/src/attic/a.ts', '')).toEqual([expect.stringContaining('room attic has no layer')]);
  });

  test('forbid more than 400 lines, but not in tests', () => {
    const source = 'export {};\n'.repeat(401);
    expect(checkFile(OCI, source)).toEqual([expect.stringContaining('has 401 lines')]);
    expect(checkFile(OCI, 'export {};\n'.repeat(400))).toEqual([]);
    expect(checkFile('packages/core/src/oci/digest.test.ts', source)).toEqual([]);
  });

  test.each(['utils.ts', 'test-helpers.ts', 'common.ts', 'misc.ts', 'cache-manager.ts', 'util.test.ts'])(
    'forbid the name %s',
    (name) => {
      expect(checkFile(`packages/core/src/oci/${name}`, '')).toEqual([
        expect.stringContaining('name it for what it holds'),
      ]);
    },
  );

  test('forbid code in an index.ts', () => {
    const source = "export { a } from './a.ts';\nexport const b = 1;";
    expect(checkFile('packages/core/src/oci/index.ts', source)).toEqual([
      expect.stringContaining('index.ts:2 an index.ts only re-exports'),
    ]);
  });
});
