export { describeRegistry, type RegistryUnderTest } from './describe-registry.ts';
