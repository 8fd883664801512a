export { deriveKey } from './derive-key.ts';
export type { DerivedKey, KeyField } from './derived-key.ts';
export { explainKey } from './explain-key.ts';
export { SKIPPED_FOLDERS } from './find-lockfiles.ts';
export type { KeyDeps, KeyRequest } from './key-request.ts';
export { type KeySource, type Parsed, parseKeyFrom, parsePreset, type WrongText } from './key-source.ts';
export { findPresetPaths, type PresetPaths } from './preset-paths.ts';
export { PRESET_NAMES, PRESETS, type Preset, type PresetName } from './presets.ts';
export { TOOL_NAMES, type ToolName } from './tools.ts';
