import type { RetryClock } from '../async/index.ts';
import type { ByteStream, Content, FetchOptions, IoOptions } from '../content/index.ts';
import type { Http } from '../http/index.ts';
import type { Descriptor, Digest } from '../oci/index.ts';

/** Who somebody is at one host. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token, as `docker login` stores it for hosts that hand out such (`identitytoken`). */
  | { readonly kind: 'identity-token'; readonly token: string };

/** The credentials for a host (`host[:port]`), and for that host alone; undefined is anonymous. Asked once a registry. */
export type CredentialSource = (host: string) => Promise<Credentials | undefined>;

/** Where the credentials for a host were found. */
export type CredentialOrigin =
  | { readonly kind: 'helper'; readonly name: string }
  /** docker's `config.json`, by its path. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'github-token' };

/** How often and how long a request is tried. */
export interface RegistryRetry {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly budgetMs: number;
  readonly onRetry?: (retry: { readonly delayMs: number; readonly error: unknown }) => void;
}

export interface RegistryOptions {
  /** `host[:port]` as {@link parseReference} gives it. */
  readonly host: string;
  readonly repository: string;
  readonly http: Http;
  readonly credentials?: CredentialSource;
  /**
   * Plain http where https is not spoken. Loopback hosts are http without it. That any certificate will do must be said to
   * the http client as well (`insecureHosts`).
   */
  readonly insecure?: boolean;
  /** `push` where pushes will come: then the first token already allows them. Default `pull`. */
  readonly access?: 'pull' | 'push';
  /** `now` is milliseconds since the epoch. */
  readonly clock: RetryClock;
  readonly retry?: Partial<RegistryRetry>;
}

/** A manifest as the registry gave it; the digest is of these bytes, whatever the registry says. */
export interface FetchedManifest {
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

/** An upload that a mount left open. */
export interface UploadSession {
  readonly url: URL;
}

export type MountResult =
  | { readonly mounted: true }
  /** `session` goes into {@link Blobs.push}. */
  | { readonly mounted: false; readonly session: UploadSession | undefined };

/**
 * The blobs of a repository (distribution-spec 1.1). Every call may throw WaybillError `RATE_LIMITED`, `SERVER_ERROR`,
 * `STORE_DENIED`, `STORE_UNREACHABLE`, `REGISTRY_REFUSED`, `REGISTRY_REALM_REFUSED`, and `HTTP_…` of a broken connection.
 */
export interface Blobs {
  /** The size that the registry says; undefined where it has no such blob, -1 where it does not say. */
  head(digest: Digest, options?: IoOptions): Promise<number | undefined>;
  /** Not verified. @throws WaybillError `BLOB_UNKNOWN`, `RANGE_INVALID` */
  fetch(descriptor: Descriptor, options?: FetchOptions): Promise<ByteStream>;
  /**
   * Uploads in one POST and one PUT, without looking whether it is there. The last bytes are sent only once size and digest
   * have been found right.
   * @throws WaybillError `SIZE_MISMATCH`, `DIGEST_MISMATCH`
   */
  push(
    descriptor: Descriptor,
    content: Content,
    options?: IoOptions & { readonly session?: UploadSession },
  ): Promise<void>;
  /**
   * Opens an upload and gives it up again, which nothing that is listed or fetched shows: throws what a push would throw
   * that is not allowed. Registries that cannot give one up forget it after a while.
   */
  tryUpload(options?: IoOptions): Promise<void>;
  /** Ends a session that nothing will be sent to. Never an error: registries end them by themselves in time. */
  abandon(session: UploadSession, options?: IoOptions): Promise<void>;
  /** Takes the blob over from another repository of the registry, where that works; never an error where it does not. */
  mount(digest: Digest, from: string, options?: IoOptions): Promise<MountResult>;
  /** False where it is not there or cannot be deleted. */
  delete(digest: Digest, options?: IoOptions): Promise<boolean>;
}

/** What a manifest is asked for by. */
export type ManifestRef = { readonly tag: string } | { readonly digest: Digest };

export interface Manifests {
  /** Undefined where there is none. @throws WaybillError `DIGEST_MISMATCH`, `HTTP_TOO_LARGE` past 4 MiB */
  get(ref: ManifestRef, options?: IoOptions): Promise<FetchedManifest | undefined>;
  /** What the registry says of it, unverified: only good for whether something is there. */
  head(
    ref: ManifestRef,
    options?: IoOptions,
  ): Promise<{ readonly mediaType: string; readonly size: number } | undefined>;
  /**
   * Puts the bytes under their digest, or under a tag.
   * `subject` is what `OCI-Subject` said; without it the caller keeps the referrers tag itself.
   */
  put(
    descriptor: Descriptor,
    raw: Uint8Array,
    options?: IoOptions & { readonly tag?: string },
  ): Promise<{ readonly subject: string | undefined }>;
  /** False where it is not there or cannot be deleted. */
  delete(ref: ManifestRef, options?: IoOptions): Promise<boolean>;
}

export interface ApiReferrers {
  /** `unclear`: this subject was answered as unknown, which tells nothing of others. */
  readonly api: 'there' | 'none' | 'unclear';
  readonly listed: readonly Descriptor[];
}

/** A repository in a registry. */
export interface Registry {
  readonly host: string;
  readonly repository: string;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  /**
   * Milliseconds since the epoch: the clock that was given, where the registry's last `Date` agrees with it, which tells
   * whole seconds alone; else set right by that, so that machines with wrong clocks agree with each other.
   */
  time(): number;
  /** All tags, page by page as the registry gives them, in no order that may be relied on; none for an unknown repository. */
  tags(options?: IoOptions): AsyncIterable<readonly string[]>;
  /** What the referrers API says (distribution-spec 1.1, "Listing Referrers"); nothing of it is verified. */
  referrersByApi(subject: Digest, options?: IoOptions): Promise<ApiReferrers>;
  /**
   * The manifests whose own `subject` is this digest: of the referrers API, of the index under the tag `sha256-<hex>` and
   * of the own tags `sha256-<hex>.wb-<12 hex>` together, each fetched and looked at, in the order of their digests. Type
   * and annotations are those of the manifest itself.
   */
  referrers(digest: Digest, options?: IoOptions & { readonly artifactType?: string }): Promise<readonly Descriptor[]>;
}
