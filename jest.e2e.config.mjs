import unit from './jest.config.mjs';

/** End-to-end tests: the bundles as they are built, real parts around them, one file at a time. */
export default {
  ...unit,
  testMatch: ['<rootDir>/test/**/*.e2e.test.ts'],
  maxWorkers: 1,
  testTimeout: 600_000,
};
