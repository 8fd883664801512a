import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The longest absolute path that is kept. */
const LONGEST_PATH = 3_900;

/** What trees hold in the wild and copies lose, by what it is called; each function adds it to an existing folder. */
export const ODD_TREES: readonly (readonly [string, (tree: string) => void])[] = [
  [
    'names that are no UTF-8',
    (tree) => writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0x66, 0xff)]), 'x'),
  ],
  [
    'names with newlines, backslashes, quotes and spaces',
    named('new\nline', 'back\\slash', '"q\'', ' s ', '-rf', '%0A', '*?[a]'),
  ],
  ['names in composed and decomposed unicode', named('é', 'e\u0301', '日本', '🦀')],
  ['names of 255 bytes', named('n'.repeat(255))],
  ['an absolute path of 3,900 bytes', plantLongPath],
  ['symlinks: relative, absolute, dangling, to a folder', plantSymlinks],
  ['empty folders and empty files', plantEmpty],
  ['folders that may not be written', plantReadOnly],
  ['modes', plantModes],
  ['times before 1970, in microseconds and far ahead', plantTimes],
  ['hard links, as equal copies,', plantHardLinks],
  ['a sparse file', plantSparse],
];

function named(...names: readonly string[]): (tree: string) => void {
  return (tree) => {
    for (const name of names) writeFileSync(join(tree, name), name);
  };
}

function plantLongPath(tree: string): void {
  let path = tree;
  // What is left for the last name is 1 to 250 bytes.
  while (LONGEST_PATH - path.length - 1 > 250) {
    path = join(path, 'd'.repeat(Math.min(250, LONGEST_PATH - path.length - 3)));
    mkdirSync(path);
  }
  writeFileSync(join(path, 'f'.repeat(LONGEST_PATH - path.length - 1)), 'deep');
}

function plantSymlinks(tree: string): void {
  mkdirSync(join(tree, 'folder'));
  writeFileSync(join(tree, 'folder/file'), 'x');
  const links = {
    relative: 'folder/file',
    absolute: '/etc/hostname',
    dangling: 'no/such',
    'to-folder': 'folder',
    up: '../..',
  };
  for (const [name, target] of Object.entries(links)) {
    symlinkSync(target, join(tree, name));
    lutimesSync(join(tree, name), 1_111_111_111.25, 1_111_111_111.25);
  }
}

function plantEmpty(tree: string): void {
  mkdirSync(join(tree, 'empty/deep'), { recursive: true });
  writeFileSync(join(tree, 'none'), '');
}

/** As Go's module cache has them. */
function plantReadOnly(tree: string): void {
  mkdirSync(join(tree, 'mod/v1/pkg'), { recursive: true });
  writeFileSync(join(tree, 'mod/v1/pkg/a.go'), 'package a');
  chmodSync(join(tree, 'mod/v1/pkg/a.go'), 0o444);
  for (const folder of ['mod/v1/pkg', 'mod/v1', 'mod']) chmodSync(join(tree, folder), 0o555);
}

function plantModes(tree: string): void {
  for (const mode of [0o400, 0o444, 0o600, 0o640, 0o755, 0o777]) {
    const file = join(tree, mode.toString(8));
    writeFileSync(file, 'mode');
    chmodSync(file, mode);
  }
}

function plantTimes(tree: string): void {
  for (const time of [-86_400.5, 0.000_001, 1_234_567_890.123_456, 4_000_000_000]) {
    writeFileSync(join(tree, `at${time}`), 'time');
    utimesSync(join(tree, `at${time}`), time, time);
  }
}

function plantHardLinks(tree: string): void {
  writeFileSync(join(tree, 'one'), 'shared');
  linkSync(join(tree, 'one'), join(tree, 'two'));
}

function plantSparse(tree: string): void {
  writeFileSync(join(tree, 'sparse'), 'head');
  truncateSync(join(tree, 'sparse'), 64 << 20);
}
