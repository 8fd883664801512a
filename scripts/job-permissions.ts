/** What an action may ask of GitHub, in the columns of docs/permissions.md. */
export const ASKED = ['registry', 'ledger', 'releases', 'attempts', 'deployments'] as const;
export type Asked = (typeof ASKED)[number];

export const ASKED_TITLES: Readonly<Record<Asked, string>> = {
  registry: 'image or cache in ghcr.io',
  ledger: 'ledger',
  releases: 'release assets',
  attempts: 'has a run ended?',
  deployments: 'deployment record',
};

export interface JobPermission {
  readonly asked: Asked | 'other';
  /** What for: a clause, in Markdown. */
  readonly use: string;
  /** As a job's `permissions` have it: `contents: write`; empty is none. */
  readonly permission: string;
  /** What becomes of the step, or what else must be so; in Markdown. */
  readonly without: string;
}

const PACKAGE =
  "the package gives this repository the role Write (Manage Actions access), unless this repository's workflow made it";

/**
 * The least that a job needs, by action and by what it is to do. The READMEs of the actions and docs/permissions.md say what
 * stands here; of the cache's actions the table by stores says more.
 */
export const JOB_PERMISSIONS: Readonly<Record<string, readonly JobPermission[]>> = {
  'build-image-once': [
    {
      asked: 'registry',
      use: 'push an image to ghcr.io',
      permission: 'packages: write',
      without: `it is built, neither pushed nor recorded; a notice, green. Besides: ${PACKAGE}`,
    },
    {
      asked: 'ledger',
      use: "claim and record in the ledger of the run's repository",
      permission: 'contents: write',
      without: 'both are tags in `<image>-waybill`, which needs `packages: write` there: a hint, not a certainty',
    },
    {
      asked: 'releases',
      use: 'file statements as assets of releases (`records`)',
      permission: 'contents: write',
      without: '`auto`: a notice, green; `release`: the step fails before it builds',
    },
    {
      asked: 'attempts',
      use: 'take over at once from a run that has ended',
      permission: 'actions: read',
      without: 'after five minutes',
    },
    {
      asked: 'other',
      use: 'read `.github/waybill.yml` (`adopt`)',
      permission: 'contents: read',
      without: 'in a public repository nothing is lacking',
    },
    {
      asked: 'other',
      use: 'another registry',
      permission: '',
      without: 'docker must be logged in there (docker/login-action)',
    },
  ],
  promote: [
    {
      asked: 'registry',
      use: 'an image in ghcr.io',
      permission: 'packages: write',
      without: `\`STORE_DENIED\`, nothing is promoted. Besides: ${PACKAGE}`,
    },
    {
      asked: 'ledger',
      use: 'a channel: its ledger is refs of the repository (`refs/waybill/…`)',
      permission: 'contents: write',
      without: '`LEDGER_DENIED`, nothing is promoted',
    },
    {
      asked: 'releases',
      use: 'file statements as assets of releases (`records`)',
      permission: 'contents: write',
      without: '`auto`: a notice, green; `release`: the step fails before anything moves',
    },
    {
      asked: 'deployments',
      use: '`deployment-record: true`',
      permission: 'artifact-metadata: write',
      without: 'a warning; the promotion stands. Organizations alone have such records',
    },
    {
      asked: 'other',
      use: 'a plain tag',
      permission: 'contents: read',
      without: 'the configuration is asked whether a channel has the tag; nothing is written to the ledger',
    },
    {
      asked: 'other',
      use: 'an image elsewhere',
      permission: '',
      without: "credentials in docker's configuration that may pull and push (`docker login`, docker/login-action)",
    },
  ],
  'verify-digest': [
    {
      asked: 'registry',
      use: 'a package of ghcr.io',
      permission: 'packages: read',
      without: '`STORE_DENIED`, unless the package is public',
    },
    {
      asked: 'ledger',
      use: "with `commit`, the ledger in the run's repository",
      permission: 'contents: read',
      without: 'in a public repository nothing is lacking',
    },
    {
      asked: 'other',
      use: 'another registry',
      permission: '',
      without: 'a login of docker may pull (docker/login-action), or anybody may',
    },
  ],
  'restore-cache': [
    {
      asked: 'registry',
      use: 'restore from ghcr.io',
      permission: 'packages: read',
      without: 'a miss',
    },
  ],
  'save-cache': [
    {
      asked: 'registry',
      use: 'save to ghcr.io',
      permission: 'packages: write',
      without: 'nothing is saved; a warning, green',
    },
  ],
  cache: [
    {
      asked: 'registry',
      use: 'restore from and save to ghcr.io',
      permission: 'packages: write',
      without: 'with `packages: read` it restores, and its save is a warning',
    },
  ],
};

/** The table of an action's README. */
export function readmeRows(action: string): readonly string[] {
  const rows = JOB_PERMISSIONS[action] ?? [];
  return [
    '| What for | `permissions` of the job | Without it, or besides |',
    '| --- | --- | --- |',
    ...rows.map(({ use, permission, without }) => `| ${use} | ${shown(permission)} | ${without} |`),
  ];
}

/** The table of docs/permissions.md: a line an action. */
export function overviewRows(): readonly string[] {
  const titles = ['Action', ...ASKED.map((asked) => ASKED_TITLES[asked])];
  const order = ['cache', 'restore-cache', 'save-cache', 'build-image-once', 'verify-digest', 'promote'];
  return [
    `| ${titles.join(' | ')} |`,
    `| ${titles.map(() => '---').join(' | ')} |`,
    ...order.map((action) => {
      const cells = ASKED.map((asked) => {
        const row = JOB_PERMISSIONS[action]?.find((each) => each.asked === asked);
        return row === undefined ? '–' : shown(row.permission);
      });
      return `| [${action}](../actions/${action}/README.md#permissions) | ${cells.join(' | ')} |`;
    }),
  ];
}

function shown(permission: string): string {
  return permission === '' ? 'none' : `\`${permission}\``;
}
