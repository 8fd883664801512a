export {
  createMemoryRegistry,
  createMemoryRepository,
  type MemoryRegistryOptions,
  type MemoryRepository,
} from './memory-registry.ts';
