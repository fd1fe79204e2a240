/**
 * A share: one directory (or file) that several containers of a Pod mount, as people write it in a ClusterOperator, an
 * annotation or on the command line; and the settings with which `apply.ts` adds it to a Pod template.
 */

/**
 * scratch: an empty directory. copy: filled from an image by an init container. image: the image itself, read-only.
 * auto: what fits.
 */
export type ShareMode = 'auto' | 'scratch' | 'copy' | 'image';

/** A mode that was decided. */
export type ChosenMode = Exclude<ShareMode, 'auto'>;

/** Where the files come from. */
export type Source = {
  /** Absolute, as it stands in the image. */
  path: string;
  /**
   * As hostPath has it. Kubernetes mounts only directories out of images, and a Pod template does not tell which is
   * which.
   */
  type?: 'Directory' | 'File';
} & (
  | {
      /** The container or init container whose image has the files. */
      container: string;
    }
  | {
      /** An image that no container of the Pod runs. */
      image: string;
    }
);

/** Who sees the files, and where. */
export type Consumer = {
  container: string;
  /** Absolute. What the container's own image has there is hidden, as with every mount. */
  path: string;
  /** Absent: false, as in `volumeMounts`. */
  readOnly?: boolean;
};

export type Share = {
  /** Names the volume: unique in the Pod, a DNS label of at most 49 characters. */
  name: string;
  /** Absent: a scratch share. */
  from?: Source;
  to: readonly Consumer[];
  /** Absent: auto. */
  mode?: ShareMode;
  /** Of the emptyDir. */
  medium?: 'Memory';
  /** Of the emptyDir, a Kubernetes quantity: `64Mi`. */
  sizeLimit?: string;
  /**
   * keep: files keep owner, group and special bits. Absent: a copy belongs to the user who copies, as `cp -r` makes
   * it.
   */
  owners?: 'keep';
  /** Whom the files of a copy belong to, in numbers: `UID`, `UID:GID` or `:GID`. */
  chown?: string;
  /** Modes of the files of a copy, as chmod(1) has them: `0755`, `g+rwX`. */
  chmod?: string;
  /** Of the container that copies. Absent: those of the source container; `{}`: none. */
  resources?: ComputeResources;
  /**
   * What a path that an earlier share of the same directory has brought means: an error (fail, the default), or that
   * this share's counts.
   */
  onConflict?: 'fail' | 'last';
};

/** As `resources` of a container: quantities by name. */
export type ComputeResources = { requests?: Quantities; limits?: Quantities };
type Quantities = Readonly<Record<string, string | number>>;

/** What a copy can use. */
export const resourceNames: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

/** Something that is probably a mistake and changes nothing: in which field, and a sentence. */
export type ShareWarning = { field: string; message: string };

/** What is known of image volumes in the cluster that the Pod is for. */
export type ImageVolumes = { known: true } | { known: false; reason: string };

/** What shares need to know that neither they nor the template say. */
export type ShareSettings = {
  /** Reference of the image with the static copy tool. */
  seedImage: string;
  /** For `auto`. */
  imageVolumes: ImageVolumes;
  /** Paths of images that were proved to be directories; see `directoryKey`. */
  directories?: ReadonlySet<string>;
};

/** A Pod template, or a Pod: metadata does not matter here and is kept. */
export type Template = { readonly spec: Readonly<Record<string, unknown>> };

/** Where shares and Pod spec stand in what the user wrote, so that a refusal names a field that the user can find. */
export type Places = {
  /**
   * @param index of the share in the list
   * @param field below the share, such as `to[0].path`; empty for the share itself
   */
  share(index: number, field: string): string;
  /** Of the Pod spec: `spec.template.spec`. */
  spec: string;
  /** Whose it is, for people: `Deployment shop/web`. */
  object?: string;
};

/** Where shares stand that are a field of something: `spec.components[0].share`. */
export function placesIn(list: string, spec: string): Places {
  return { share: (index, field) => `${list}[${index}]${field && `.${field}`}`, spec };
}

/** Where a share stands in what the user wrote. */
export type PlaceOf = (share: Share, field: string) => string;

/** A mount point that must exist in a copy: relative to its root. */
export type MountPoint = { path: string; type: 'Directory' | 'File' };
