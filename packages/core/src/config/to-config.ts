import { isDigest } from '../oci/index.ts';
import type {
  AlarmRules,
  CacheRules,
  ChannelRule,
  Config,
  ImageRule,
  KeyRule,
  Requirement,
  SignerRule,
  TrustRules,
} from './config.ts';
import { parseDuration, parsePercent, parseSize } from './units.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The configuration that a value is, which the schema has taken. */
export function toConfig(value: unknown, file: string): Config {
  const fields = fieldsOf(value);
  return {
    version: 1,
    file,
    images: Object.entries(fieldsOf(fields['images'])).map(([pattern, rule]) => toImage(pattern, fieldsOf(rule))),
    cache: fields['cache'] === undefined ? undefined : toCache(fieldsOf(fields['cache'])),
    trust: fields['trust'] === undefined ? undefined : toTrust(fieldsOf(fields['trust'])),
    alarms: fields['alarms'] === undefined ? undefined : toAlarms(fieldsOf(fields['alarms'])),
  };
}

function toImage(pattern: string, fields: Fields): ImageRule {
  const channels = Object.entries(fieldsOf(fields['channels'])).map(
    ([name, rule]) => [name, toChannel(fieldsOf(rule))] as const,
  );
  return {
    pattern,
    channels: fields['channels'] === undefined ? undefined : Object.fromEntries(channels),
    adopt: fields['adopt'] === 'any' ? 'any' : 'same-ref',
  };
}

function toChannel(fields: Fields): ChannelRule {
  return {
    from: textsOf(fields['from']),
    require: toRequirement(fields['require']),
    soakMs: durationOf(fields['soak']) ?? 0,
    ...textField('image', fields['image']),
    ...textField('tag', fields['tag']),
    evidence: textsOf(fields['evidence']),
  };
}

function toRequirement(value: unknown): Requirement {
  return value === 'signed' || value === 'provenance' ? value : 'integrity';
}

function toCache(fields: Fields): CacheRules {
  const { unsigned } = fields;
  const retention = fieldsOf(fields['retention']);
  return {
    store: textsOf(fields['store']),
    ...(unsigned === 'allow' || unsigned === 'warn' || unsigned === 'refuse' ? { unsigned } : {}),
    ...(fields['retention'] === undefined
      ? {}
      : {
          retention: {
            ...numberField('days', retention['days']),
            ...numberField('deleteDays', retention['delete-days']),
            ...numberField('maxBytes', sizeOf(retention['max-size'])),
          },
        }),
  };
}

function toTrust(fields: Fields): TrustRules {
  return {
    signers: listOf(fields['signers']).map(toSigner),
    keys: listOf(fields['keys']).flatMap(toKey),
    ...numberField('maxAgeMs', durationOf(fields['max-age'])),
    revoked: listOf(fields['revoked']).flatMap(({ digest, why }) =>
      isDigest(digest) ? [{ digest, ...textField('why', why) }] : [],
    ),
  };
}

function toSigner(fields: Fields): SignerRule {
  return {
    kind: textsOf(fields['kind']),
    ...textField('repository', fields['repository']),
    ...textField('workflow', fields['workflow']),
    ...(fields['refs'] === undefined ? {} : { refs: textsOf(fields['refs']) }),
    ...(fields['events'] === undefined ? {} : { events: textsOf(fields['events']) }),
    ...textField('runner', fields['runner']),
  };
}

function toKey(fields: Fields): KeyRule[] {
  const { spki } = fields;
  if (!isDigest(spki)) return [];
  const dates = { ...textField('from', fields['from']), ...textField('until', fields['until']) };
  return [{ spki, ...dates, kinds: textsOf(fields['kinds']) }];
}

function toAlarms(fields: Fields): AlarmRules {
  const share = fields['hit-rate-below'];
  return {
    ...numberField('hitRateBelow', typeof share === 'string' ? parsePercent(share) : undefined),
    ...numberField('bytesAbove', sizeOf(fields['size-above'])),
    ...numberField('averageAgeMsAbove', durationOf(fields['average-age-above'])),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** A list of texts; one text is a list of one. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function durationOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined;
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseSize(value) : undefined;
}

function textField<K extends string>(name: K, value: unknown): Partial<Record<K, string>> {
  const field: Partial<Record<K, string>> = {};
  if (typeof value === 'string') field[name] = value;
  return field;
}

function numberField<K extends string>(name: K, value: unknown): Partial<Record<K, number>> {
  const field: Partial<Record<K, number>> = {};
  if (typeof value === 'number') field[name] = value;
  return field;
}
