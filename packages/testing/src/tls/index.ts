export { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';
