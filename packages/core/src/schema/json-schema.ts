/** A JSON schema, draft 2020-12, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A place in a JSON document: names of fields and numbers of items (as text), from the root. */
export type JsonPath = readonly string[];

/** What is wrong at one place. */
export type SchemaProblem =
  | {
      readonly kind: 'unknown-field';
      readonly path: JsonPath;
      readonly field: string;
      readonly known: readonly string[];
    }
  | { readonly kind: 'missing-field'; readonly path: JsonPath; readonly field: string }
  | {
      readonly kind: 'wrong-name';
      /** The object whose field is named so. */
      readonly path: JsonPath;
      readonly field: string;
      readonly expected: string;
    }
  | { readonly kind: 'wrong-value'; readonly path: JsonPath; readonly expected: string };
