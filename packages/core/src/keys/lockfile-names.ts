import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts';

/** Whose lockfile a file of this name is; undefined for other files. Names are compared with their case. */
export function presetOfLockfile(fileName: string): PresetName | undefined {
  return MATCHERS.find(({ pattern }) => pattern.test(fileName))?.preset;
}

const MATCHERS = PRESET_NAMES.flatMap((preset) =>
  PRESETS[preset].lockfiles.map((name) => ({ preset, pattern: toRegExp(name) })),
);

function toRegExp(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
