import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { type BytePath, toFsPath, utf8Of } from '../../paths/index.ts';
import { at, EntryKind, type EntryTable } from '../format/entry-table.ts';
import { parentOf } from './jail.ts';
import { Standing, type Survey } from './survey.ts';

/** A folder that is not there yet: built whole in the stage, then renamed into place, once. */
export interface Unit {
  readonly root: number;
  readonly path: BytePath;
  /** In the stage. */
  readonly staged: string;
}

/** Where an entry is built: below a unit, or, where its folder stands already, as a file of its own in the stage. */
export type Place =
  | { readonly kind: 'unit'; readonly unit: Unit; readonly below: BytePath }
  | { readonly kind: 'single' };

/** Decides for every entry that is to be made where it is built, so that as few renames as possible put it in place. */
export class Placement {
  readonly units: Unit[] = [];
  /** Folders that must be made in units and are no entries themselves. */
  readonly unlisted: { readonly unit: Unit; readonly below: BytePath }[] = [];
  readonly #entries: EntryTable;
  readonly #survey: Survey;
  readonly #dirs: readonly string[];
  readonly #stages: (root: number) => string;
  /** The folder that was asked for before: most entries have the same as their neighbour. */
  #last:
    | {
        readonly root: number;
        readonly path: BytePath;
        readonly place: { readonly unit: Unit; readonly below: BytePath } | undefined;
      }
    | undefined;
  readonly #folders = new Map<string, { readonly unit: Unit; readonly below: BytePath } | undefined>();

  constructor(entries: EntryTable, survey: Survey, dirs: readonly string[], stages: (root: number) => string) {
    this.#entries = entries;
    this.#survey = survey;
    this.#dirs = dirs;
    this.#stages = stages;
  }

  /** @throws WaybillError `UNSAFE_ENTRY` where a symlink stands on the way */
  placeOf(root: number, path: BytePath): Place {
    const folder = path === '' ? undefined : this.#folder(root, parentOf(path));
    if (folder === undefined) return { kind: 'single' };
    return { kind: 'unit', unit: folder.unit, below: joined(folder.below, path.slice(path.lastIndexOf('/') + 1)) };
  }

  /** The unit that a folder is made in; undefined where the folder stands. */
  folder(root: number, path: BytePath): { readonly unit: Unit; readonly below: BytePath } | undefined {
    return this.#folder(root, path);
  }

  #folder(root: number, path: BytePath): { readonly unit: Unit; readonly below: BytePath } | undefined {
    if (this.#last?.root === root && this.#last.path === path) return this.#last.place;
    const id = `${root}\0${path}`;
    let place = this.#folders.get(id);
    if (place === undefined && !this.#folders.has(id)) {
      place = this.#stands(root, path) ? undefined : this.#newPlace(root, path);
      this.#folders.set(id, place);
    }
    this.#last = { root, path, place };
    return place;
  }

  #newPlace(root: number, path: BytePath): { readonly unit: Unit; readonly below: BytePath } {
    const above = path === '' ? undefined : this.#folder(root, parentOf(path));
    if (above !== undefined) {
      const place = { unit: above.unit, below: joined(above.below, path.slice(path.lastIndexOf('/') + 1)) };
      if (this.#entries.find(root, path) < 0) this.unlisted.push(place);
      return place;
    }
    const unit = { root, path, staged: join(this.#stages(root), `u${this.units.length}`) };
    this.units.push(unit);
    return { unit, below: '' };
  }

  #stands(root: number, path: BytePath): boolean {
    const row = this.#entries.find(root, path);
    if (row >= 0) {
      const standing = at(this.#survey.standing, row);
      return (
        at(this.#entries.kind, row) === EntryKind.folder &&
        standing !== Standing.missing &&
        standing !== Standing.obstructed
      );
    }
    // What lies below a folder that does not stand does not stand either, even where a symlink leads to something of that name.
    if (path !== '' && this.#folder(root, parentOf(path)) !== undefined) return false;
    try {
      const stat = lstatSync(toFsPath(this.#dirs[root] ?? '', path));
      if (stat.isDirectory()) return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
      throw error;
    }
    throw new WaybillError(
      'UNSAFE_ENTRY',
      `${utf8Of(path)} in ${this.#dirs[root]} is no folder, and the snapshot has files below it`,
      {
        kind: 'integrity',
        hint: 'Nothing was written. Remove it, or restore to another place.',
      },
    );
  }
}

function joined(folder: BytePath, name: BytePath): BytePath {
  return folder === '' ? name : `${folder}/${name}`;
}
