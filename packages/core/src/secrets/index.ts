export { findNotice, findSecret, isCredentialPath } from './find-secret.ts';
