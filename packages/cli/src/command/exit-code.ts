/** What the process ends with. Scripts depend on these: a number never changes its meaning. */
export const ExitCode = {
  /** What was asked for is done, or was so already. */
  done: 0,
  /** The store answered, and has nothing that fits; of `doctor`: it found a problem. */
  notFound: 1,
  /** The command line, a file or a setting is wrong. */
  usage: 2,
  /** The store, the network or the disk failed; trying again may help. */
  failed: 3,
  /** Bytes are not what their digest says, or are gone. */
  mismatch: 4,
  /** A rule forbids it. */
  refused: 5,
  /** A bug of this program (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** Ctrl-C (128 and the number of SIGINT). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A line of help for each code; verbs say more where it means something of their own. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'nothing was found',
  2: 'wrong usage: an option, a file or a setting',
  3: 'the store, the network or the disk failed',
  4: 'stored bytes are missing, or are not what their digest says',
  5: 'a rule forbids it: a secret in the files, cache-mode, an untrusted event, an unsafe or unsigned entry, a rule of a channel',
  70: 'a bug of waybill',
  130: 'interrupted (Ctrl-C)',
};
