import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkRef, checkRefPrefix } from '../content/index.ts';
import { digestOf } from '../oci/index.ts';
import { buildRef, channelRef, commitPrefix, digestPrefix, refComponent } from './ref-name.ts';

describe('a name in a ref', () => {
  test.each([
    ['production', 'production'],
    ['ghcr.io/octo-org/app', 'ghcr_2eio_2focto-org_2fapp'],
    ['localhost:5000/x', 'localhost_3a5000_2fx'],
    ['Prod', '_50rod'],
    ['a_b', 'a_5fb'],
    ['..', '_2e_2e'],
    ['-x', '-x'],
    ['Ä', '_c3_84'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['x'.repeat(101), `${'x'.repeat(86)}__c675a2e604b0`],
  ])('%j becomes %s', (name, component) => {
    expect(refComponent(name)).toBe(component);
  });

  test('the empty name is no name', () => {
    expect(() => refComponent('')).toThrow(RangeError);
  });

  const names = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary', maxLength: 60 }),
    fc.string({ minLength: 1, unit: fc.constantFrom('a', '_', '-', '.', '2', 'e', 'A'), maxLength: 130 }),
  );

  test('two names give two components', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        // A lone surrogate has no UTF-8.
        fc.pre(a.isWellFormed() && b.isWellFormed());
        expect(refComponent(a) === refComponent(b)).toBe(a === b);
      }),
    );
  });

  test('a name that reads like a component that was cut gives another one', () => {
    const cut = refComponent('x'.repeat(101));
    expect(refComponent(cut)).not.toBe(cut);
  });

  test('whatever the names, the refs are such as the ref store takes', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed());
        for (const ref of [channelRef(a, b), buildRef(a, b)]) expect(checkRef(ref)).toBe(ref);
        expect(checkRef(`${commitPrefix(a, '0'.repeat(40))}${refComponent(b)}`)).toBeTruthy();
        expect(checkRefPrefix(digestPrefix(a, digestOf(Buffer.from(b))))).toBeTruthy();
      }),
    );
  });
});
