import type { AssetHashType, BundlingOptions } from 'aws-cdk-lib';
import type { AssetCode } from 'aws-cdk-lib/aws-lambda';

/** How to slim: the options of `lambda-slim pack`. */
export interface SlimOptions {
  /** The run time, such as `python3.13`; found out where it is not said. */
  readonly runtime?: string;
  /** Where the function runs. */
  readonly architecture?: 'x86_64' | 'arm64';
  /** What the package becomes; a function where it is not said. */
  readonly kind?: 'function' | 'layer';
  /** The handler as in the function's configuration; its file stays in any case. */
  readonly handler?: string;
  /** How far rules may go: a promise about risk. */
  readonly level?: 'safe' | 'balanced' | 'aggressive';
  /** The AWS services whose models stay; the code says it where this does not. */
  readonly services?: readonly string[];
  /** What stays whatever rules say: paths or globs. */
  readonly keep?: readonly string[];
  /** What goes unless it is protected: paths or globs. */
  readonly drop?: readonly string[];
  /** Files with own rules. */
  readonly rules?: readonly string[];
  /** Rules, packs of rules (`node/*`) or `all` that do nothing. */
  readonly disable?: readonly string[];
  /** What fails the synthesis: `['unzipped=150MB', 'zip=40MB']`. */
  readonly budget?: readonly string[];
  /** Layers that share Lambda's limit with the package: paths or sizes. */
  readonly withLayer?: readonly string[];
  /** Codes of errors that become warnings. */
  readonly allow?: readonly string[];
  /** Codes of warnings that become errors. */
  readonly deny?: readonly string[];
  /** How hard to compress. */
  readonly compression?: 'fast' | 'default' | 'best';
  /** What happens to symbolic links. */
  readonly symlinks?: 'auto' | 'keep' | 'strip' | 'follow';
  /** What happens to licence texts of dependencies. */
  readonly licenses?: 'keep' | 'collect' | 'drop';
  /** Any other arguments of `lambda-slim pack`. */
  readonly arguments?: readonly string[];
}

/** How to slim an asset. */
export interface SlimCodeOptions extends SlimOptions {
  /** An image with lambda-slim as its entry point, for machines for which there is no binary. */
  readonly dockerImage?: string;
  /** Whether nothing is said of what went well; a line with the sizes goes to stderr otherwise. */
  readonly quiet?: boolean;
}

/** Options of an asset: it fits `Code.fromAsset` and `s3_assets.Asset`. */
export interface SlimAssetOptions {
  readonly assetHashType: AssetHashType;
  readonly bundling: BundlingOptions;
}

/**
 * Options that slim the asset at `source`, without Docker:
 * `lambda.Code.fromAsset('layer', slimAsset('layer', { kind: 'layer' }))`.
 */
export function slimAsset(source: string, options?: SlimCodeOptions): SlimAssetOptions;

/** The slimmed code of a function or a layer in the folder `source`. */
export function slimCode(source: string, options?: SlimCodeOptions): AssetCode;

/** Hooks of `NodejsFunction`'s and `GoFunction`'s bundling: `bundling: { commandHooks: slimHooks() }`. */
export interface SlimHooks {
  beforeBundling(inputDir: string, outputDir: string): string[];
  beforeInstall(inputDir: string, outputDir: string): string[];
  afterBundling(inputDir: string, outputDir: string): string[];
}

/** Slims what a bundler wrote, in place. `command` starts lambda-slim where it is not the binary of this package. */
export function slimHooks(options?: SlimOptions & { readonly command?: string }): SlimHooks;
