// What the build uses of @vercel/ncc, which ships no types.
declare module '@vercel/ncc' {
  interface Options {
    readonly cache?: boolean;
    readonly license?: string;
    readonly quiet?: boolean;
    readonly target?: string;
  }
  interface Result {
    readonly code: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Buffer }>>;
  }
  export default function ncc(entry: string, options: Options): Promise<Result>;
}
