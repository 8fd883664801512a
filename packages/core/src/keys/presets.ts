import type { ToolName } from './tools.ts';

/** A question that a tool answers with a folder. */
export interface FolderQuestion {
  readonly command: string;
  readonly args: readonly string[];
  /** What of the answer is the folder, where that is not its last line: the first group. */
  readonly answer?: RegExp;
}

/** A folder that a package manager keeps, and how to find it: asking wins over the variable, that over the default. */
export interface CachePlace {
  /** Tried in order; the first that is answered with an absolute path counts. */
  readonly ask?: readonly FolderQuestion[];
  /** The environment variable that moves it, for tools that cannot be asked. */
  readonly variable?: string;
  /** Below the home folder (`~/…`), or below the folder of the lockfiles. */
  readonly defaults: { readonly linux: string; readonly darwin: string; readonly win32: string };
  /** What in it is worth keeping; all of it where this is left out. */
  readonly parts?: readonly string[];
}

/** What is known of one package manager. */
export interface Preset {
  /** First field of the key. */
  readonly kind: string;
  /** File names of its lockfiles; `*` stands for any characters. */
  readonly lockfiles: readonly string[];
  /** Whose versions count. */
  readonly tools: readonly ToolName[];
  readonly places: readonly CachePlace[];
}

export type PresetName =
  | 'bun'
  | 'bundler'
  | 'cargo'
  | 'composer'
  | 'go'
  | 'gradle'
  | 'maven'
  | 'npm'
  | 'nuget'
  | 'pip'
  | 'pipenv'
  | 'pnpm'
  | 'poetry'
  | 'uv'
  | 'yarn';

const kind = 'deps';

/** One table for all: what a preset caches, and what its key depends on. Every cache here is good for other versions of its tools. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  bun: {
    kind,
    lockfiles: ['bun.lock', 'bun.lockb'],
    tools: ['bun'],
    places: [{ ask: [ask('bun pm cache')], defaults: everywhere('~/.bun/install/cache') }],
  },
  bundler: {
    kind,
    lockfiles: ['Gemfile.lock', 'gems.locked'],
    tools: ['ruby'],
    // Needs `bundle config set --local path vendor/bundle`: elsewhere the gems lie among those of Ruby itself.
    places: [{ defaults: everywhere('vendor/bundle') }],
  },
  cargo: {
    kind,
    lockfiles: ['Cargo.lock'],
    tools: ['rustc'],
    places: [
      {
        variable: 'CARGO_HOME',
        defaults: everywhere('~/.cargo'),
        parts: ['registry/index', 'registry/cache', 'git/db'],
      },
      { variable: 'CARGO_TARGET_DIR', defaults: everywhere('target') },
    ],
  },
  composer: {
    kind,
    lockfiles: ['composer.lock'],
    tools: ['php'],
    places: [
      {
        ask: [ask('composer config --global cache-files-dir')],
        defaults: {
          linux: '~/.cache/composer/files',
          darwin: '~/Library/Caches/composer/files',
          win32: '~/AppData/Local/Composer/files',
        },
      },
    ],
  },
  go: {
    kind,
    lockfiles: ['go.sum'],
    tools: ['go'],
    places: [
      { ask: [ask('go env GOMODCACHE')], defaults: everywhere('~/go/pkg/mod') },
      {
        ask: [ask('go env GOCACHE')],
        defaults: {
          linux: '~/.cache/go-build',
          darwin: '~/Library/Caches/go-build',
          win32: '~/AppData/Local/go-build',
        },
      },
    ],
  },
  gradle: {
    kind,
    lockfiles: ['*.gradle', '*.gradle.kts', 'gradle-wrapper.properties', '*.versions.toml', 'gradle.lockfile'],
    tools: ['java'],
    places: [{ variable: 'GRADLE_USER_HOME', defaults: everywhere('~/.gradle'), parts: ['caches', 'wrapper'] }],
  },
  maven: {
    kind,
    lockfiles: ['pom.xml'],
    tools: ['java'],
    places: [{ defaults: everywhere('~/.m2/repository') }],
  },
  npm: {
    kind,
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    tools: ['node'],
    places: [
      {
        ask: [ask('npm config get cache')],
        defaults: { linux: '~/.npm', darwin: '~/.npm', win32: '~/AppData/Local/npm-cache' },
        // Not its logs and not what `npx` installed.
        parts: ['_cacache'],
      },
    ],
  },
  nuget: {
    kind,
    lockfiles: ['packages.lock.json'],
    tools: ['dotnet'],
    places: [
      {
        ask: [
          {
            ...ask('dotnet nuget locals global-packages --list --force-english-output'),
            answer: /^(?:info ?: )?global-packages: (.+)$/m,
          },
        ],
        variable: 'NUGET_PACKAGES',
        defaults: everywhere('~/.nuget/packages'),
      },
    ],
  },
  pip: {
    kind,
    lockfiles: ['requirements*.txt'],
    tools: ['python'],
    places: [
      {
        ask: [ask('pip cache dir'), ask('pip3 cache dir')],
        variable: 'PIP_CACHE_DIR',
        defaults: { linux: '~/.cache/pip', darwin: '~/Library/Caches/pip', win32: '~/AppData/Local/pip/Cache' },
      },
    ],
  },
  pipenv: {
    kind,
    lockfiles: ['Pipfile.lock'],
    tools: ['python'],
    places: [
      {
        variable: 'PIPENV_CACHE_DIR',
        defaults: {
          linux: '~/.cache/pipenv',
          darwin: '~/Library/Caches/pipenv',
          win32: '~/AppData/Local/pipenv/pipenv/Cache',
        },
      },
    ],
  },
  pnpm: {
    kind,
    lockfiles: ['pnpm-lock.yaml'],
    tools: ['node', 'pnpm'],
    places: [
      {
        ask: [ask('pnpm store path')],
        defaults: {
          linux: '~/.local/share/pnpm/store',
          darwin: '~/Library/pnpm/store',
          win32: '~/AppData/Local/pnpm/store',
        },
      },
    ],
  },
  poetry: {
    kind,
    lockfiles: ['poetry.lock'],
    tools: ['python'],
    places: [
      {
        ask: [ask('poetry config cache-dir')],
        variable: 'POETRY_CACHE_DIR',
        defaults: {
          linux: '~/.cache/pypoetry',
          darwin: '~/Library/Caches/pypoetry',
          win32: '~/AppData/Local/pypoetry/Cache',
        },
        // Not its virtual environments: they point into the Python that made them, patch version and all.
        parts: ['cache', 'artifacts'],
      },
    ],
  },
  uv: {
    kind,
    lockfiles: ['uv.lock'],
    tools: ['uv'],
    places: [
      {
        ask: [ask('uv cache dir')],
        variable: 'UV_CACHE_DIR',
        defaults: { linux: '~/.cache/uv', darwin: '~/.cache/uv', win32: '~/AppData/Local/uv/cache' },
      },
    ],
  },
  yarn: {
    kind,
    lockfiles: ['yarn.lock'],
    tools: ['node', 'yarn'],
    places: [
      {
        // Yarn 1 answers the first with `undefined`, its successors know no second.
        ask: [ask('yarn config get cacheFolder'), ask('yarn cache dir')],
        defaults: {
          linux: '~/.yarn/berry/cache',
          darwin: '~/.yarn/berry/cache',
          win32: '~/AppData/Local/Yarn/Berry/cache',
        },
      },
    ],
  },
};

export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

/** The known names, sorted. */
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS).filter(isPresetName).sort();

function ask(line: string): FolderQuestion {
  const [command = '', ...args] = line.split(' ');
  return { command, args };
}

function everywhere(place: string): CachePlace['defaults'] {
  return { linux: place, darwin: place, win32: place };
}
