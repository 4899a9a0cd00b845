/** Where the binary of this platform lies; throws with advice where there is none. */
export function binaryPath(): string;
/** The name of the package that holds the binary of a platform. */
export function platformPackage(platform?: string, arch?: string): string;
