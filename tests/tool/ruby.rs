//! Gems are judged by the Ruby that will look for them, and their papers go.

use crate::support::Case;

/// A function with one gem for each of these versions of Ruby.
fn gems(versions: &[&str]) -> Case {
    let mut case = Case::new().file("app/app.rb", "require 'a'\n");
    for version in versions {
        let home = format!("app/vendor/bundle/ruby/{version}");
        case = case
            .file(&format!("{home}/gems/a-1.0/lib/a.rb"), "module A; end\n")
            .file(&format!("{home}/gems/a-1.0/LICENSE"), "MIT\n")
            .file(&format!("{home}/gems/a-1.0/CHANGELOG.md"), "# 1.0\n")
            .file(&format!("{home}/gems/a-1.0/README.md"), "# a\n")
            .file(
                &format!("{home}/specifications/a-1.0.gemspec"),
                "s.extra_rdoc_files = ['README.md', 'CHANGELOG.md']\n",
            );
    }
    case
}

#[test]
fn gems_of_another_ruby_are_told() {
    let both = gems(&["3.3.0", "3.4.0"]);
    snapshot!(both.pack("app -q --runtime ruby3.4").ok().stderr, @r"
    warning[LS928]: vendor/bundle/ruby/3.3.0: 69 B of gems for Ruby 3.3.0 lie beside those for ruby3.4
      help: install into a clean folder, or leave them out: --drop 'vendor/bundle/ruby/3.3.0/**'
    ");
    let dropped = both.pack("app -q --runtime ruby3.4 --drop vendor/bundle/ruby/3.3.0/**");
    assert_eq!(dropped.ok().stderr, "");
    snapshot!(gems(&["3.3.0"]).pack("app -q --runtime ruby3.4").ok().stderr, @r"
    warning[LS928]: vendor/bundle/ruby/3.3.0: the gems are for Ruby 3.3.0, and ruby3.4 finds none of them
      help: install them with the Ruby of the run time
    ");
    let fits = gems(&["3.4.0"]);
    assert_eq!(fits.pack("app -q --runtime ruby3.4").ok().stderr, "");
    assert_eq!(fits.pack("app -q").ok().stderr, "");
}

#[test]
fn what_rubygems_wrote_about_a_gem_keeps_no_papers() {
    let case = gems(&["3.4.0"]);
    case.pack("app -q --runtime ruby3.4").ok();
    snapshot!(case.listing("app.zip"), @r"
    0644      12 app.rb
    0644       4 vendor/bundle/ruby/3.4.0/gems/a-1.0/LICENSE
    0644      14 vendor/bundle/ruby/3.4.0/gems/a-1.0/lib/a.rb
    0644      51 vendor/bundle/ruby/3.4.0/specifications/a-1.0.gemspec
    ");
    let shown = case.file("app/about.rb", "puts File.read('CHANGELOG.md')\n");
    shown.pack("app -q --runtime ruby3.4").ok();
    assert!(shown.listing("app.zip").contains("CHANGELOG.md"));
}
