import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WaybillError } from '@waybill/core/errors';
import { parse } from 'yaml';

/** The parts of an `action.yml` that running it needs. */
export interface ActionManifest {
  /** Folder of the `action.yml`; `main` and `post` are relative to it. */
  readonly folder: string;
  readonly name: string;
  /** Default by input name, as written; undefined where there is none. */
  readonly inputs: ReadonlyMap<string, string | undefined>;
  readonly using: string;
  readonly main: string;
  readonly post: string | undefined;
  /** `always()` where the manifest says nothing, as on GitHub. */
  readonly postIf: string;
}

/** Reads `<folder>/action.yml`. Throws `ACTION_MANIFEST_INVALID` where it is not that of a JavaScript action. */
export async function readActionManifest(folder: string): Promise<ActionManifest> {
  const file = join(folder, 'action.yml');
  const document: unknown = parse(await readFile(file, 'utf8'));
  const runs = field(document, 'runs');
  const using = text(field(runs, 'using'));
  const main = text(field(runs, 'main'));
  if (using === undefined || main === undefined || !/^node\d+$/.test(using)) {
    throw new WaybillError(
      'ACTION_MANIFEST_INVALID',
      `${file}: runs.using is ${using ?? 'missing'}, runs.main ${main ?? 'missing'}.`,
      {
        kind: 'user',
        hint: 'Expected `using: node24` and a `main` file.',
      },
    );
  }
  const inputs = new Map<string, string | undefined>();
  const declared = field(document, 'inputs');
  if (typeof declared === 'object' && declared !== null) {
    for (const [name, input] of Object.entries(declared)) inputs.set(name, text(field(input, 'default')));
  }
  return {
    folder,
    name: text(field(document, 'name')) ?? folder,
    inputs,
    using,
    main: join(folder, main),
    post: joined(folder, text(field(runs, 'post'))),
    postIf: text(field(runs, 'post-if')) ?? 'always()',
  };
}

function joined(folder: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : join(folder, file);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** YAML scalars reach an action as text: `default: false` is 'false'. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
