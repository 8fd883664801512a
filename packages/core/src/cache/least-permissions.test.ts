import { describe, expect, test } from '@jest/globals';
import { LEAST_PERMISSIONS, permissionHint, showPermissions } from './least-permissions.ts';

describe('the least permissions', () => {
  test('are told for each place and use, once', () => {
    const places = [...new Set(LEAST_PERMISSIONS.map(({ place }) => place))];
    expect(LEAST_PERMISSIONS.map(({ place, use }) => [place, use])).toEqual(
      places.flatMap((place) => [
        [place, 'restore'],
        [place, 'save'],
      ]),
    );
  });

  test('ask the token for nothing but packages, and for write only to save', () => {
    for (const { permissions, use } of LEAST_PERMISSIONS) {
      expect([{}, { packages: use === 'save' ? 'write' : 'read' }]).toContainEqual(permissions);
    }
  });

  test('are shown as a workflow writes them', () => {
    expect(showPermissions({ permissions: { packages: 'write' } })).toBe('packages: write');
    expect(showPermissions({ permissions: {} })).toBe('none');
  });

  test('are what a denied use is answered with, of ghcr.io for both kinds of packages', () => {
    expect(permissionHint('ghcr.io', 'save')).toBe(
      "To save, a package of ghcr.io that this repository's workflows made needs: `permissions: { packages: write }`. " +
        'To save, any other package of ghcr.io needs: `permissions: { packages: write }`; the package gives this repository ' +
        'the role Write (package settings, Manage Actions access).',
    );
    expect(permissionHint('reg.internal:5000', 'restore')).toBe(
      'To restore, another registry needs: a login of docker may pull (`docker login`, docker/login-action), or anybody may.',
    );
  });
});
