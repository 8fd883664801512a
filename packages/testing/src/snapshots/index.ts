/**
 * What tests of snapshots need: snapshots forged byte by byte (by a writer that shares no code with the one it judges),
 * a store whose bytes can be spoilt, trees planted from a list, and a place to save from and restore to.
 */
export { type ForgedEntry, type ForgeLies, type ForgeOptions, forgeSnapshot } from './forge.ts';
export { type PlantedEntry, plantTree } from './plant-tree.ts';
export { runScenario, type ScenarioOptions } from './run-scenario.ts';
export { placesBelow, type Saved, type SaveSettings, type Settings, Site } from './site.ts';
export { createSpoiltStore, type SpoiltStore } from './spoilt-store.ts';
