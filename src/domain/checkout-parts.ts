/** A submodule of a commit. Names and paths were checked: they hold no control characters and lead nowhere else. */
export interface Submodule {
  /** The checkout that it belongs to, from the workspace: `.`, or the path of another submodule. */
  readonly within: string;
  /** As git's settings call it. */
  readonly name: string;
  /** Inside `within`. */
  readonly path: string;
  /** Our mirror of it, from the repository's own mirror; or its address on another host, over https. */
  readonly from: { readonly mirror: string } | { readonly url: string };
}

/** A file of Git LFS whose content is in the mirror's folder, as git-lfs would keep it there. */
export interface LfsFile {
  readonly path: string;
  /** The SHA-256 of the content, in hex. */
  readonly oid: string;
}

/** What a checkout of one commit needs besides the objects of its repository. */
export interface CheckoutParts {
  /** Each after the one that it belongs to. */
  readonly submodules: readonly Submodule[];
  readonly lfsFiles: readonly LfsFile[];
  /** What is missing from it, for people. */
  readonly warnings: readonly string[];
}
