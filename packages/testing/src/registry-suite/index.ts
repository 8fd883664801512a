export { describeRegistry, type RegistryTraits, type RegistryUnderTest } from './describe-registry.ts';
