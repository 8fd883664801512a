import { encodeRecord, type Name, type NameRecord, parseRecord } from '../../content/index.ts';
import { encodeManifest, isManifestType, MediaType, parseIndex } from '../../oci/index.ts';

/** What stands under a name's tags: an index of this type, over the manifest that the name points at. */
export const NAME_TYPE = 'application/vnd.waybill.name.v1';
/** The {@link NameRecord} as JSON. */
const RECORD = 'vnd.waybill.name.record';
/** In place of the record's meaning: the name was removed. */
const REMOVED = 'vnd.waybill.name.removed';

/** What a name's manifest says. */
export interface NameManifest {
  readonly record: NameRecord;
  readonly removed: boolean;
}

type Encoded = ReturnType<typeof encodeManifest>;

/**
 * The manifest of a record. It lists the target, so that whoever copies the name copies what it means and no clean-up takes
 * that for unused; `listed: false` leaves that out for a target which the registry does not have.
 */
export function encodeName(record: NameRecord, { listed }: { readonly listed: boolean }): Encoded {
  return encode(record, listed && isManifestType(record.target.mediaType), {});
}

/** What is put under the tags of a name that is removed. `at`: milliseconds since the epoch. */
export function encodeTombstone(record: NameRecord, at: number): Encoded {
  return encode(record, false, { [REMOVED]: String(at) });
}

function encode(record: NameRecord, listed: boolean, more: Record<string, string>): Encoded {
  return encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageIndex,
    artifactType: NAME_TYPE,
    manifests: listed ? [record.target] : [],
    annotations: { [RECORD]: encodeRecord(record).toString('utf8').trimEnd(), ...more },
  });
}

/**
 * What these bytes say; undefined where they are no name's manifest. An index without a type may be one: skopeo before
 * image-spec 1.1 writes an index anew when it copies it, and leaves out the fields that it does not know.
 */
export function parseName(raw: Uint8Array): NameManifest | undefined {
  try {
    const { artifactType = NAME_TYPE, annotations } = parseIndex(raw).value;
    const text = annotations?.[RECORD];
    const record =
      artifactType === NAME_TYPE && text !== undefined ? parseRecord(Buffer.from(text, 'utf8')) : undefined;
    return record === undefined ? undefined : { record, removed: annotations?.[REMOVED] !== undefined };
  } catch {
    return undefined;
  }
}

/** Whether the name belongs to this kind, scope and version. */
export function isIn(name: Name, { kind, scope, version }: Omit<Name, 'key'>): boolean {
  return name.kind === kind && name.scope === scope && name.version === version;
}
