//! Lambda's limits: the package is written, and the build fails.

use crate::support::Case;

/// 250 MiB, from AWS's documentation.
const UNZIPPED_LIMIT_BYTES: u64 = 262_144_000;

#[test]
fn one_byte_over_the_limit() {
    let case = Case::new().zeros("dist/model.bin", UNZIPPED_LIMIT_BYTES + 1);
    snapshot!(case.pack("dist --compression fast"), @r"
    exit 3
    --- stderr
    lambda-slim [version]  dist → dist.zip
    run time unknown · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -    303.9 kB
      unzipped                  262.1 MB    262.1 MB        0%
      files                            1           1        0%

      nothing to remove

      limit unzipped            262.1 MB of 262.1 MB  ████████████████████████  over
      limit direct-upload       303.9 kB of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    1%

    error[LS900]: 1 B over Lambda's limit of 262144000 bytes unzipped
      help: drop more with --level aggressive, --services or --drop
    warning[LS906]: the run time is unknown, so rules for one run time sleep
      help: say it with --runtime, such as --runtime python3.13

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    assert!(case.exists("dist.zip"));
}

#[test]
fn exactly_at_the_limit() {
    let case = Case::new().zeros("dist/model.bin", UNZIPPED_LIMIT_BYTES);
    snapshot!(case.pack("dist --compression fast -q"), @r"
    exit 0
    --- stderr
    warning[LS906]: the run time is unknown, so rules for one run time sleep
      help: say it with --runtime, such as --runtime python3.13
    ");
    assert!(case.exists("dist.zip"));
}
