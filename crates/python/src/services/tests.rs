//! What code says about services: files in, services or the reason for doubt out.

use std::fmt::Write;

use lambda_slim_package::{Entry, EntryKind, FileMode};

use super::*;

const KNOWN: [&str; 7] = [
    "dynamodb",
    "ec2",
    "s3",
    "sagemaker-runtime",
    "sqs",
    "sts",
    "xray",
];

fn package(files: &[(&str, &str)]) -> Input {
    let models = KNOWN.map(|name| {
        (
            format!("botocore/data/{name}/2020/service-2.json.gz"),
            String::new(),
        )
    });
    let sdk = (
        "botocore/session.py".to_owned(),
        "self.create_client(name)".to_owned(),
    );
    let own = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let entry = |(path, text): (String, String)| {
        let kind = EntryKind::File {
            size_bytes: text.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new(&path).unwrap();
        (Entry { path, kind }, text.into_bytes())
    };
    Input::in_memory(
        models
            .into_iter()
            .chain([sdk])
            .chain(own)
            .map(entry)
            .collect(),
    )
    .unwrap()
}

/// The services of a package without those for credentials, or why they are unclear.
fn services(files: &[(&str, &str)]) -> String {
    services_of(files, &Memory::default())
}

fn services_of(files: &[(&str, &str)], memory: &Memory) -> String {
    match used_services(&package(files), memory).unwrap().unwrap() {
        Services::Unclear(why) => format!("? {why}"),
        Services::Used(used) => {
            let own = used.iter().filter(|(_, why)| *why != "credentials");
            own.fold(String::new(), |mut text, (name, _)| {
                let _ = write!(text, "{}{name}", if text.is_empty() { "" } else { " " });
                text
            })
        }
    }
}

/// What `app.py` with this text needs; `import boto3` comes first.
fn check(text: &str, expected: &str) {
    assert_eq!(
        services(&[("app.py", &format!("import boto3\n{text}"))]),
        expected,
        "{text}"
    );
}

/// `text` leaves it open.
fn check_open(text: &str) {
    let found = services(&[("app.py", &format!("import boto3\n{text}"))]);
    assert!(found.starts_with("? app.py:"), "{text}: {found}");
}

#[test]
fn names_in_calls() {
    check("boto3.client('s3'); boto3.resource(\"sqs\")", "s3 sqs");
    check("boto3.client(region_name='x', service_name='ec2')", "ec2");
    check("boto3.Session().client('s3')", "s3");
    check("async with session.create_client('s' '3') as c: pass", "s3");
    check("utils.client(session, 'xray')", "xray");
    check("boto3.client('runtime.sagemaker')", "sagemaker-runtime");
    check("session.get_available_regions('ec2')", "ec2");
    check("boto3.client('unknown'); print('sqs')", "");
    check("from boto3 import client as make\nmake('sqs')", "sqs");
}

#[test]
fn names_that_come_from_elsewhere_in_the_code() {
    check("NAME = 's3'\nboto3.client(NAME)", "s3");
    check("for n in ('s3', 'sqs'): boto3.client(n)", "s3 sqs");
    check("c = {n: boto3.client(n) for n in ['s3', 'sqs']}", "s3 sqs");
    check(
        "def make(name): return boto3.client(name)\nmake('ec2'); make(name='sqs')",
        "ec2 sqs",
    );
    check(
        "def make(name='xray'): return boto3.client(name)\nmake()",
        "xray",
    );
    check("boto3.client('s3' if x else 'sqs')", "s3 sqs");
    check(
        "NAMES = {'a': 's3', 'b': 'sqs'}\nboto3.client(NAMES[k])",
        "s3 sqs",
    );
    check(
        "class A:\n def __init__(self, name): self.c = boto3.client(name)\nA('sqs')",
        "sqs",
    );
    check(
        "class A:\n service = 'ec2'\n def c(self): return boto3.client(self.service)",
        "ec2",
    );
    check("class E(Enum):\n Q = 'sqs'\nboto3.client(E.Q.value)", "sqs");
    check(
        "def client(name): return boto3.client(name)\nclient('s3')",
        "s3",
    );
    check("def name(): return 'sqs'\nboto3.client(name())", "sqs");
    let files = [
        ("settings.py", "QUEUE = 'sqs'"),
        (
            "app.py",
            "import boto3, settings\nboto3.client(settings.QUEUE)",
        ),
    ];
    assert_eq!(services(&files), "sqs");
}

#[test]
fn names_from_outside_leave_it_open() {
    check_open("def handler(event, context): boto3.client(event['service'])");
    check_open("boto3.client(os.environ['SERVICE'])");
    check_open("boto3.client(os.environ.get('SERVICE', 's3'))");
    check_open("def make(n): return boto3.client(n)\ndef h(event, c): make(event['n'])");
    check_open("names = ['s3']\nnames.append(x())\nboto3.client(names[0])");
    check_open("names = {}\nnames['a'] = y\nboto3.client(names['a'])");
    check_open("boto3.client(*args)");
    check_open("boto3.client(f's{n}')");
    check_open("partial(boto3.client, 's3')");
    check_open("make = session.client\nmake(x)");
    check_open("getattr(boto3, 'client')('s3')");
    check_open("def aws(kind, name): return getattr(boto3, kind)(name)\naws('client', 'sqs')");
    check_open("kind, name = ('client', 'sqs'); getattr(boto3.Session(), kind)(name)");
    check_open("getattr(boto3, 'client' if a else 'resource')('sqs')");
    check_open(
        "class My(boto3.Session):\n  def make(self, name): return self.__getattribute__('cli' 'ent')(name)\n  def other(self, kind): return self.__getattribute__(kind)",
    );
    check_open("vars(boto3)['client']('sqs')");
    check_open("boto3.__dict__['client']('sqs')");
    check_open("attrgetter('client')(boto3)('sqs')");
    check_open("operator.methodcaller('client', 'sqs')(boto3)");
    check_open("from boto3.session import Session as S; make = S.client; make(S(), 'sqs')");
    check_open("from boto3 import client\nlist(map(client, names))");
    check_open("session.get_available_services()");
    check_open("S = 's3'\ndef f():\n global S\n S = x\nboto3.client(S)");
    check_open("match event:\n case {'s': name}: boto3.client(name)");
    check_open("@dataclass\nclass A:\n s: str = 'sqs'\na = A(**event)\nboto3.client(a.s)");
    check_open("class A:\n s = 'sqs'\ndef h(event, c): boto3.client(event.s)");
}

#[test]
fn handlers_get_what_nobody_sees() {
    check_open(
        "def handler(e, c): boto3.client(e['s'])\nif __name__ == '__main__': handler({'s': 's3'}, None)",
    );
    check_open(
        "def lambda_handler(data, meta): boto3.client(data.get('s', 's3'))\nlambda_handler({}, None)",
    );
    check_open(
        "class A:\n def run(self, event, context): boto3.client(event['s'])\nA().run({'s': 's3'}, None)",
    );
    let handler = (
        "app.py",
        "def main(event, context): boto3.client(event['s'])",
    );
    let found = services(&[
        handler,
        ("test_app.py", "def test(): main({'s': 's3'}, None)"),
    ]);
    assert!(found.starts_with('?'), "{found}");
}

/// Whatever a developer's calls pass, Lambda passes something else.
#[test]
fn calls_on_a_developers_computer_tell_nothing() {
    let run = "def run(data, info): boto3.client(data['s'])\n";
    let main = "if __name__ == '__main__': run({'s': 's3'}, None)";
    let test = "def test(): run({'s': 's3'}, None)";
    check_open(&format!("{run}{main}"));
    check_open(&format!(
        "{run}def main(): run({{'s': 's3'}}, None)\nif '__main__' == __name__: main()"
    ));
    check_open(&format!("{run}def unused(): run({{'s': 's3'}}, None)"));
    check_open(&format!(
        "{run}def a(): b()\ndef b():\n a()\n run({{'s': 's3'}}, None)"
    ));
    check_open(
        "def run(data={}, info=None): boto3.client(data.get('s', 's3'))\nif __name__ == '__main__': run()",
    );
    let file = format!("import boto3\n{run}");
    for path in ["test_app.py", "app_test.py", "tests/app.py"] {
        let in_class =
            format!("class T(TestCase):\n def test(self): run({{'s': 's3'}}, None)\n{test}");
        let found = services(&[("app.py", &file), (path, &in_class)]);
        assert!(found.starts_with('?'), "{path}: {found}");
    }
    // What runs in Lambda counts.
    check(&format!("{run}run({{'s': 's3'}}, None)\n{main}"), "s3");
    check(
        "def get(name, region): return boto3.client(name)\ndef lambda_handler(event, context): get('s3', 'eu')",
        "s3",
    );
    check(
        "def get(name): return boto3.client(name)\nclass A:\n def b(self): get('sqs')",
        "sqs",
    );
}

#[test]
fn what_a_decorator_gets_may_be_called_by_it() {
    let show = "def show(name): boto3.client(name)\nshow('s3')";
    check_open(&format!("@app.get('/<name>')\n{show}"));
    check_open(&format!("@task\n{show}"));
    check(&format!("@lru_cache(maxsize=None)\n{show}"), "s3");
    check(&format!("@functools.cache\n{show}"), "s3");
    check(&format!("@tracer.capture_method\n{show}"), "s3");
    check_open("@inject\nclass A:\n def __init__(self, s): boto3.client(s)\nA('s3')");
}

#[test]
fn handlers_that_are_known() {
    let files = [(
        "app.py",
        "import boto3\ndef run(data, info): boto3.client(data['s'])\ndef other(): run({'s': 's3'}, 1)\nother()",
    )];
    let with = |handlers: &[&str]| {
        let handlers = handlers.iter().map(|name| (*name).to_owned());
        services_of(&files, &Memory::with_handlers(handlers))
    };
    assert_eq!(with(&[]), "s3");
    assert_eq!(with(&["app.other"]), "s3");
    assert!(with(&["app.run"]).starts_with('?'));
    assert!(with(&["app.other", "src/app.run"]).starts_with('?'));
    // Whatever wraps the handler is named in its place.
    let wrapped = [(
        "app.py",
        "import boto3\ndef run(data, info): boto3.client(data['s'])\nif __name__ == '__main__': run({'s': 's3'}, 1)",
    )];
    let wrapper = Memory::with_handlers(["datadog_lambda.handler.handler".to_owned()]);
    assert!(services_of(&wrapped, &wrapper).starts_with('?'));
}

#[test]
fn a_client_by_a_text_and_a_method() {
    check_open("session.__getattribute__('client')('s3')");
    check_open(
        "class A:\n def __call__(self, s, region=None): boto3.client(s)\nA().__call__('s3')",
    );
}

#[test]
fn attributes_that_are_set_by_name_leave_it_open() {
    check_open("class C: svc = 's3'\nc = C()\nsetattr(c, 'svc', x)\nboto3.client(c.svc)");
    check_open(
        "class C:\n def __init__(self, **kw):\n  for k, v in kw.items(): setattr(self, k, v)\n  self.s = 's3'\nboto3.client(C(s=x).s)",
    );
    check_open("class C: svc = 's3'\nc = C()\nc.__dict__.update(svc=x)\nboto3.client(c.svc)");
    check_open("class B: svc = 's3'\nX = type('X', (B,), {'svc': x})\nboto3.client(X.svc)");
    check_open("def make(n): return boto3.client(n)\nmake('s3')\nglobals()['make'](x)");
    check_open(
        "def make(n): return boto3.client(n)\nmake('s3')\ngetattr(sys.modules[__name__], 'make')(x)",
    );
}

#[test]
fn functions_under_another_name_leave_it_open() {
    let make = ("a.py", "def make(n): return boto3.client(n)\nmake('s3')");
    let found = services(&[make, ("b.py", "from a import make as m\nm(event['x'])")]);
    assert!(found.starts_with('?'), "{found}");
}

/// What a package with these files needs; the first speaks of boto3.
fn check_files(files: &[(&str, &str)], expected: &str) {
    let found = services(files);
    assert_eq!(found, expected, "{files:?}");
}

/// `app`, which imports boto3 before, beside `files` leaves it open.
fn check_files_open(app: &str, files: &[(&str, &str)]) {
    let app = format!("import boto3\n{app}");
    let mut all = vec![("app.py", app.as_str())];
    all.extend(files);
    let found = services(&all);
    assert!(found.starts_with("? "), "{all:?}: {found}");
}

#[test]
fn an_import_that_may_fail_has_both_values() {
    let app = "import boto3\ntry:\n from config import SERVICE\nexcept ImportError:\n SERVICE = 's3'\nboto3.client(SERVICE)";
    check_files(
        &[("app.py", app), ("config.py", "SERVICE = 'sqs'")],
        "s3 sqs",
    );
    let renamed = app.replace("import SERVICE", "import QUEUE as SERVICE");
    let config = ("config.py", "QUEUE = 'sqs'");
    check_files(&[("app.py", &renamed), config], "s3 sqs");
    let relative = app.replace("from config", "from .config");
    let package = |config| [("src/app.py", relative.as_str()), config];
    check_files(&package(("src/config.py", "SERVICE = 'sqs'")), "s3 sqs");
    check_files(
        &package(("src/config/__init__.py", "SERVICE = 'sqs'")),
        "s3 sqs",
    );
    // The fallback is never all, where the module is not read or does not hold it.
    let app = app.trim_start_matches("import boto3\n");
    check_files_open(app, &[]);
    check_files_open(app, &[("config.py", "OTHER = 1")]);
    check_files_open(app, &[("other.py", "SERVICE = 'sqs'")]);
    check_files_open(app, &[("config.py", "from absent import SERVICE")]);
    check_files_open(
        app,
        &[("config.py", "import os\nSERVICE = os.environ['S']")],
    );
    check_files_open(
        "from config import service\nboto3.client(service())",
        &[(
            "config.py",
            "try:\n from absent import service\nexcept ImportError:\n def service(): return 's3'",
        )],
    );
}

#[test]
fn imports_are_followed_through_modules() {
    let app = (
        "src/app.py",
        "import boto3\nfrom . import SERVICE\nfrom lib import name_of\nboto3.client(SERVICE); boto3.client(name_of())",
    );
    check_files(
        &[
            app,
            ("src/__init__.py", "from .config import NAME as SERVICE"),
            ("src/config.py", "NAME = 'sqs'"),
            ("lib/__init__.py", "from .names import name_of"),
            ("lib/names.py", "def name_of(): return 'ec2'"),
        ],
        "ec2 sqs",
    );
    // In a circle there is nothing.
    check_files(
        &[
            (
                "app.py",
                "import boto3\nfrom a import X\nboto3.client('s3', X)",
            ),
            ("a.py", "from b import X"),
            ("b.py", "from a import X"),
        ],
        "s3",
    );
}

#[test]
fn attributes_of_modules() {
    let config = ("pkg/config.py", "SERVICE = 'sqs'\nclass Names:\n Q = 'ec2'");
    for app in [
        "import pkg.config\nboto3.client(pkg.config.SERVICE)",
        "import pkg.config as c\nboto3.client(c.SERVICE)",
        "from pkg import config\nboto3.client(config.SERVICE)",
        "from pkg import config as c\nboto3.client(c.SERVICE)",
    ] {
        let app = format!("import boto3\n{app}");
        check_files(&[("app.py", &app), config], "sqs");
    }
    for app in [
        "from pkg import config\nboto3.client(config.Names.Q)",
        "from pkg.config import Names\nboto3.client(Names.Q)",
        "from pkg.config import Names as N\nboto3.client(N.Q)",
    ] {
        let app = format!("import boto3\n{app}");
        check_files(&[("app.py", &app), config], "ec2");
    }
    let fallback = "try:\n import config\n SERVICE = config.SERVICE\nexcept ImportError:\n SERVICE = 's3'\nboto3.client(SERVICE)";
    check_files_open(fallback, &[]);
    let app = format!("import boto3\n{fallback}");
    check_files(
        &[("app.py", &app), ("config.py", "SERVICE = 'sqs'")],
        "s3 sqs",
    );
    check_files_open(
        "import config\nboto3.client(config.SERVICE)",
        &[("other.py", "SERVICE = 's3'")],
    );
    check_files_open(
        "import config\nboto3.client(getattr(config, 'SERVICE', 's3'))",
        &[("config.py", "SERVICE = 'sqs'")],
    );
    check_files_open(
        "try:\n from absent import Names\nexcept ImportError:\n class Names:\n  Q = 's3'\nboto3.client(Names.Q)",
        &[],
    );
}

#[test]
fn names_of_a_star() {
    let star = "try:\n from config import *\nexcept ImportError:\n SERVICE = 's3'\n";
    let make = "boto3.client(SERVICE)";
    let with = |app: &str, config| {
        let app = format!("import boto3\n{app}{make}");
        services(&[("app.py", &app), ("config.py", config)])
    };
    assert_eq!(with(star, "SERVICE = 'sqs'"), "s3 sqs");
    assert_eq!(with("from config import *\n", "SERVICE = 'sqs'"), "sqs");
    assert_eq!(
        with("SERVICE = 's3'\nfrom config import *\n", "SERVICE = 'sqs'"),
        "s3 sqs"
    );
    // Another name of the module changes nothing, and nor do the standard library and what is bound later.
    assert_eq!(with(star, "OTHER = 'sqs'"), "s3");
    assert_eq!(with("SERVICE = 's3'\nfrom typing import *\n", ""), "s3");
    assert_eq!(with("from absent import *\nSERVICE = 's3'\n", ""), "s3");
    let app = format!("{star}{make}");
    check_files_open(&app, &[]);
    check_files_open(&app, &[("config.py", "from absent import *")]);
    check_files_open(&app, &[("config.py", "from absent import SERVICE")]);
    let app = format!("SERVICE = 's3'\nif x:\n from absent import *\n{make}");
    check_files_open(&app, &[]);
    let app = format!("from absent import *\n{make}");
    check_files_open(&app, &[("other.py", "SERVICE = 's3'")]);
}

#[test]
fn code_that_cannot_be_read_leaves_it_open() {
    check_open_because(&[("app.py", "import boto3\nprint 'x'")], "cannot be parsed");
    check_open_because(&[("app.py", ""), ("core.so", "\0boto3")], "is compiled");
    let (head, rest) = (
        "PK\u{1}\u{2}".to_owned() + &"\0".repeat(24),
        "\0".repeat(16),
    );
    let end = "PK\u{5}\u{6}\0\0\0\0\u{1}\0\u{1}\0\u{35}\0\0\0\0\0\0\0\0\0";
    let archive = head + "\u{7}\0" + &rest + "plug.py" + end;
    check_open_because(&[("app.py", ""), ("more.zip", &archive)], "or packed");
    check_open_because(&[("app.py", ""), ("core.pyc", "\0boto3")], "is compiled");
    check_open_because(&[("README.md", "")], "no code of a function");
}

fn check_open_because(files: &[(&str, &str)], why: &str) {
    let found = services(files);
    assert!(found.starts_with('?') && found.contains(why), "{found}");
}

#[test]
fn libraries_name_services_too() {
    let record = "lib/a.py,,\nlib-1.dist-info/RECORD,,\n";
    let of_library = |text: &str| {
        services(&[
            ("app.py", "x = 'ec2'"),
            ("lib/a.py", text),
            ("lib-1.dist-info/RECORD", record),
        ])
    };
    assert_eq!(of_library("import boto3\nboto3.client('xray')"), "xray");
    // What a library leaves open may be any name that is written somewhere.
    assert_eq!(
        of_library("import boto3\nboto3.client(name); 'sqs'"),
        "ec2 sqs"
    );
    assert_eq!(of_library("docker.client(url)"), "");
}

#[test]
fn arguments_that_are_spread_hide_no_name_that_is_written() {
    check("boto3.client('sqs', **options)", "sqs");
    check(
        "make_client(session, 'ec2'); create_client(session, 's3', **options)",
        "s3",
    );
    check_open("boto3.client(**options)");
    check_open("boto3.client('eu', **options)");
}

#[test]
fn the_part_of_the_sdk_that_transfers_files_needs_one_service() {
    let part = (
        "s3transfer/crt.py",
        "import botocore\ncreate_client(name); 'ec2'",
    );
    let own = |text| services(&[("app.py", text), part]);
    assert_eq!(own("import boto3\nboto3.client('sqs')"), "sqs");
    assert_eq!(own("import s3transfer"), "s3");
}

#[test]
fn credentials_and_places_are_told() {
    let input = package(&[("app.py", "import boto3\nboto3.client('s3')")]);
    let Some(Services::Used(used)) = used_services(&input, &Memory::default()).unwrap() else {
        panic!("the services are clear");
    };
    assert_eq!(used["s3"], "app.py:2");
    assert_eq!(used["sts"], "credentials");
    assert!(!used.contains_key("sso"), "botocore does not bring it");
}
