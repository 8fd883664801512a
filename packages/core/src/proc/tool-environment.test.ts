import { describe, expect, test } from '@jest/globals';
import { toolEnvironment } from './tool-environment.ts';

describe('the environment of a tool', () => {
  test.each([
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'ACTIONS_RESULTS_URL',
    'INPUT_GITHUB-TOKEN',
    'Input_Key',
    'STATE_waybill',
    'GITHUB_ENV',
    'GITHUB_OUTPUT',
    'GITHUB_PATH',
    'GITHUB_STATE',
    'GITHUB_STEP_SUMMARY',
  ])('lacks %s, which a `run` step does not have or has of its own', (name) => {
    expect(toolEnvironment({ [name]: 'x', HOME: '/home/mona' })).not.toHaveProperty([name]);
  });

  test.each(['PATH', 'HOME', 'GITHUB_WORKSPACE', 'GITHUB_TOKEN', 'NODE_AUTH_TOKEN', 'HTTPS_PROXY', 'CARGO_HOME'])(
    'has %s',
    (name) => {
      expect(toolEnvironment({ [name]: 'x' })).toHaveProperty([name], 'x');
    },
  );

  test('tells corepack not to ask before it downloads', () => {
    expect(toolEnvironment({ COREPACK_ENABLE_DOWNLOAD_PROMPT: '1' })).toEqual({ COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' });
  });
});
