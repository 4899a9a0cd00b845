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
      help: largest: own files 262.1 MB (model.bin 262.1 MB); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image
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

#[test]
fn layers_share_the_limit() {
    let case = Case::new()
        .zeros("dist/model.bin", UNZIPPED_LIMIT_BYTES - 3_000)
        .zeros("layer/python/x.bin", 1_000);
    let pack = |layers: &str| {
        case.pack(&format!(
            "dist --runtime python3.13 --compression fast -q {layers}"
        ))
    };
    assert_eq!(pack("--with-layer layer --with-layer 2000").code, 0);
    snapshot!(pack("--with-layer layer --with-layer 2001"), @r"
    exit 3
    --- stderr
    error[LS900]: 1 B over Lambda's limit of 262144000 bytes unzipped with 2 layers, which leave 262140999 bytes for the function
      help: largest: own files 262.1 MB (model.bin 262.1 MB); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image
    ");
    snapshot!(case.refuses("dist --with-layer nowhere.zip"), @r"
    exit 2
    --- stderr
    error: --with-layer: `nowhere.zip` is neither a package on disk nor a size such as `12MB`
    ");
}

#[test]
fn budgets_are_limits_of_ones_own() {
    let case = Case::new()
        .file("dist/app.py", "import x")
        .zeros("dist/node_modules/x/data.bin", 2_000);
    let pack = |budget: &str| case.pack(&format!("dist --runtime nodejs22.x -q --budget {budget}"));
    assert_eq!(pack("unzipped=2008,files=2").code, 0);
    snapshot!(pack("unzipped=2007,files=1"), @r"
    exit 3
    --- stderr
    error[LS905]: 1 B over the budget of 2.0 kB unzipped
      help: largest: x 2.0 kB, own files 8 B (app.py 8 B); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image
    error[LS905]: 2 files, over the budget of 1
    ");
    assert!(case.exists("dist.zip"));
    assert_eq!(pack("growth=5%").code, 2);
}

#[test]
fn what_all_rules_take_may_not_be_enough() {
    let case = Case::new()
        .file("dist/index.js", "require('x');\n")
        .zeros("dist/models/large.bin", 3_000)
        .zeros("dist/models/small.bin", 100)
        .file(
            "dist/node_modules/x/package.json",
            "{\"name\":\"x\",\"main\":\"x.js\"}",
        )
        .file("dist/node_modules/x/x.js", "")
        .file("dist/node_modules/x/unused.js", "module.exports = 1;");
    let help = |options: &str| {
        let ran = case.pack(&format!("dist --runtime nodejs22.x -q {options}"));
        assert_eq!(ran.code, 3, "{ran}");
        ran.stderr.lines().nth(1).unwrap_or_default().to_owned()
    };
    let near = help("--budget unzipped=3155");
    snapshot!(near, @"  help: largest: own files 3.1 kB (models/large.bin 3.0 kB), x 45 B; cheapest to lose, with --level aggressive: modules that no import reaches 19 B (LS171)");
    let far = help("--budget unzipped=1000");
    snapshot!(far, @"  help: largest: own files 3.1 kB (models/large.bin 3.0 kB), x 45 B; cheapest to lose, with --level aggressive: modules that no import reaches 19 B (LS171); all that rules take is 19 B, which is not enough: --drop what is not needed, fetch large files at the start, or deploy a container image");
    // What is packed in place is not there any more when it is found to be too large.
    assert_eq!(help("--budget unzipped=1000 --in-place"), far);
}

#[test]
fn a_baseline_that_is_not_there_is_named_as_one() {
    let case = Case::new().file("dist/index.js", "exports.handler = 1;\n");
    let ran = case.refuses("dist --budget growth=5% --baseline nothere");
    assert!(ran.stderr.contains("--baseline: `nothere`"), "{ran}");
}

#[test]
fn a_report_says_what_its_limit_counts() {
    let case = Case::new().zeros("dist/model.bin", 1_000_000);
    let limits = |options: &str| {
        let ran = case.pack(&format!("dist --runtime python3.13 {options}"));
        let text = ran.ok().to_string();
        let mut lines = text.lines();
        lines
            .find(|line| line.contains("limit unzipped"))
            .unwrap()
            .to_owned()
    };
    snapshot!(limits("--with-layer 2000000"), @"  limit unzipped+layers       3.0 MB of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    1%");
    snapshot!(limits("--with-layer 2000000 --format markdown"), @"- limit unzipped+layers: 3.0 MB of 262.1 MB, 1 %");
    snapshot!(limits(""), @"  limit unzipped              1.0 MB of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%");
}
