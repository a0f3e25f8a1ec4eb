//! The command line: which command, with which options and names.
//!
//! Enter at [`parse`]. Commands and options are tables ([`COMMANDS`]), so that help, checking and suggestions
//! cannot disagree.
//!
//! Invariant: parsing touches no files and starts nothing.

use crate::error::{Error, Result};
use crate::machine::{Machine, Size};
use crate::nearest::suggestion;
use halt_bench::suite::{self as bench, Suite};
use std::path::PathBuf;

/// One option of a command.
#[derive(Debug)]
pub struct OptionSpec {
    name: &'static str,
    /// What the value is, when there is one.
    value: Option<&'static str>,
    help: &'static str,
}

/// One command.
#[derive(Debug)]
pub struct CommandSpec {
    name: &'static str,
    /// What stands after the options.
    names: &'static str,
    names_max: usize,
    help: &'static str,
    options: &'static [&'static [OptionSpec]],
}

const fn option(name: &'static str, value: Option<&'static str>, help: &'static str) -> OptionSpec {
    OptionSpec { name, value, help }
}

/// How the guest is to be: shared by the commands that boot one.
const MACHINE: &[OptionSpec] = &[
    option("--cpus", Some("N"), "processors of the guest, 1 to 64 (default: this machine's, 2 to 8)"),
    option("--memory", Some("MIB"), "memory of the guest (default 256)"),
    option("--size", Some("WxH"), "size of the screen (default 1280x800)"),
    option("--scale", Some("N"), "how large everything is shown: 1, 1.25, 1.5 or 2 (default 1)"),
    option("--app", Some("FILE"), "a Lisp app to start with the desktop"),
];
/// For desktops that go on.
const NREPL: &[OptionSpec] = &[option(
    "--nrepl",
    Some("PORT"),
    "serve Clojure editors at this port (0: any free one), left in the file .nrepl-port of this folder",
)];
const RUN: &[OptionSpec] =
    &[option("--headless", None, "no window even where there is a display; VNC instead")];
const SHOT: &[OptionSpec] = &[
    option("--script", Some("FILE"), "input to play before the picture is taken (`-` reads standard input)"),
    option("--json", None, "print the boot, memory, frame and latency figures, one JSON object a line"),
];
const FILM: &[OptionSpec] = &[option("--script", Some("FILE"), "what to play (`-` reads standard input)")];
const HOST: &[OptionSpec] = &[
    option("--shot", Some("OUT.png"), "write a picture and end"),
    option("--headless", None, "no window even where there is a display"),
];
const TO: &[OptionSpec] =
    &[option("--to", Some("NAME"), "which running desktop (default: the newest; a wrong name lists them)")];
const PUSH: &[OptionSpec] = &[option("--watch", None, "stay, and load the file again whenever it changes")];
const EVAL: &[OptionSpec] = &[
    option("-e", Some("EXPR"), "an expression to evaluate after the files; its value is printed"),
    option(
        "--test",
        None,
        "runs the tests that the files define (clojure.test) and reports; fails when one does",
    ),
    option("--profile", None, "says then in which functions and lines the time went, on standard error"),
];
const BENCH: &[OptionSpec] = &[
    option("--json", None, "print one JSON object a line: name, value, unit, runs, and the best peer"),
    option("--runs", Some("N"), "runs that the medians are taken of (default 5)"),
    option("--quick", None, "a hundredth of the work: to see that it works"),
    option("--ours", None, "no peers"),
    option("--rust", None, "no peers but the Rust libraries"),
    option("--native", None, "for `latency`, `demos` and `programs`: not in QEMU"),
];
/// The measurements that are no suites of programs.
pub const LATENCY: &str = "latency";
/// Another one.
pub const DEMOS: &str = "demos";
/// And another.
pub const PROGRAMS: &str = "programs";
/// All of them.
pub const OF_DESKTOPS: &[&str] = &[LATENCY, DEMOS, PROGRAMS];
const HELP: &[OptionSpec] = &[option("--help", None, "print this")];

/// Every command there is.
pub const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "run",
        names: "",
        names_max: 0,
        help: "boots the desktop in QEMU; this is what plain `cargo run` does",
        options: &[MACHINE, RUN, NREPL, HELP],
    },
    CommandSpec {
        name: "shot",
        names: "OUT.png",
        names_max: 1,
        help: "boots without a window, plays a script, writes a picture of the screen and shuts down",
        options: &[MACHINE, SHOT, HELP],
    },
    CommandSpec {
        name: "host",
        names: "",
        names_max: 0,
        help: "runs the whole system in this process, without QEMU; with `--shot` as `shot` does, in a moment",
        options: &[HOST, SHOT, NREPL, MACHINE, HELP],
    },
    CommandSpec {
        name: "film",
        names: "OUT.png",
        names_max: 1,
        help: "plays a script as a hand would, without QEMU, and writes an animated picture (APNG)",
        options: &[FILM, MACHINE, HELP],
    },
    CommandSpec {
        name: "repl",
        names: "",
        names_max: 0,
        help: "evaluates in a running desktop what is typed, or what standard input holds",
        options: &[TO, HELP],
    },
    CommandSpec {
        name: "push",
        names: "FILE",
        names_max: 1,
        help: "loads an app into a running desktop: new code, same state",
        options: &[PUSH, TO, HELP],
    },
    CommandSpec {
        name: "eval",
        names: "[FILE...]",
        names_max: usize::MAX,
        help: "runs Lisp here, without a guest: files (`-` is standard input), an expression, or both",
        options: &[EVAL, HELP],
    },
    CommandSpec {
        name: "image",
        names: "OUT.img",
        names_max: 1,
        help: "writes a disk image that boots on UEFI machines, to copy to a USB stick",
        options: &[HELP],
    },
    CommandSpec {
        name: "bench",
        names: "[SUITE] [NAME...]",
        names_max: usize::MAX,
        help: "measures this machine, beside peers; without a name lists what there is",
        options: &[BENCH, HELP],
    },
    CommandSpec {
        name: "bless",
        names: "",
        names_max: 0,
        help: "runs the tests of golden pictures and accepts what they see (check `git diff` afterwards)",
        options: &[HELP],
    },
    CommandSpec {
        name: "help",
        names: "[COMMAND]",
        names_max: 1,
        help: "explains a command",
        options: &[HELP],
    },
];

/// What `halt eval` is to do.
#[derive(Debug, PartialEq)]
pub struct Eval {
    /// Programs to run.
    pub files: Vec<PathBuf>,
    /// What to evaluate then, and print.
    pub expression: Option<String>,
    /// Whether to run the tests that they define.
    pub is_test: bool,
    /// Whether to tell where the time went.
    pub is_profiled: bool,
}

/// What the user asked for.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// Boot the desktop and stay until it ends.
    Run {
        /// The guest.
        machine: Machine,
        /// No window even where there is a display.
        is_headless: bool,
        /// Where Clojure editors are served, if they are.
        nrepl: Option<u16>,
    },
    /// Take a picture.
    Shot {
        /// The guest.
        machine: Machine,
        /// Where the picture goes.
        out: PathBuf,
        /// What to play first.
        script: Option<PathBuf>,
        /// Whether to print figures.
        wants_json: bool,
    },
    /// Run the system in this process.
    Host {
        /// What it is to be like.
        machine: Machine,
        /// Where a picture goes, after which it ends.
        out: Option<PathBuf>,
        /// What to play first.
        script: Option<PathBuf>,
        /// Whether to print figures.
        wants_json: bool,
        /// No window even where there is a display.
        is_headless: bool,
        /// Where Clojure editors are served, if they are.
        nrepl: Option<u16>,
    },
    /// Make an animated picture.
    Film {
        /// What the desktop is to be like.
        machine: Machine,
        /// Where the picture goes.
        out: PathBuf,
        /// What to play.
        script: PathBuf,
    },
    /// Talk to a running desktop.
    Repl {
        /// Which.
        to: Option<String>,
    },
    /// Load a file into a running desktop.
    Push {
        /// What to load.
        file: PathBuf,
        /// Whether to load it again whenever it changes.
        is_watching: bool,
        /// Into which desktop.
        to: Option<String>,
    },
    /// Run Lisp without a guest.
    Eval(Eval),
    /// Write a bootable disk image.
    Image {
        /// Where it goes.
        out: PathBuf,
    },
    /// Measure.
    Bench(Measurement),
    /// Accept new golden pictures.
    Bless,
    /// Print this text.
    Help(String),
}

/// What is to be measured.
#[derive(Debug, PartialEq)]
pub enum Measurement {
    /// Nothing: say what there is.
    List,
    /// Whole desktops.
    Desktops {
        /// What of them: one of [`OF_DESKTOPS`].
        what: &'static str,
        /// In QEMU, too.
        in_qemu: bool,
        /// Just to see that it works.
        is_quick: bool,
        /// One JSON object a line.
        wants_json: bool,
    },
    /// Benchmarks of a suite.
    Suite {
        /// Which suite.
        suite: &'static Suite,
        /// Names and options for its program.
        words: Vec<String>,
    },
}

/// Reads the words after the program's name.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Command> {
    let mut words = words.into_iter().peekable();
    // Without a command, or with options only, `run` is meant.
    let name = match words.peek() {
        None => "run".to_string(),
        Some(word) if word == "--help" || word == "-h" => return Ok(Command::Help(overview())),
        Some(word) if word.starts_with('-') => "run".to_string(),
        Some(_) => words.next().unwrap_or_default(),
    };
    let spec = command_spec(&name)?;
    let Some(given) = Given::read(spec, words)? else { return Ok(Command::Help(explain(spec))) };
    match spec.name {
        "run" => Ok(Command::Run {
            machine: given.machine()?,
            is_headless: given.has("--headless"),
            nrepl: given.port()?,
        }),
        "shot" => Ok(Command::Shot {
            machine: given.machine()?,
            out: given.required_name()?,
            script: given.value("--script").map(PathBuf::from),
            wants_json: given.has("--json"),
        }),
        "host" => {
            let out = given.value("--shot").map(PathBuf::from);
            if let (None, Some(option)) =
                (&out, ["--script", "--json"].into_iter().find(|name| given.has(name)))
            {
                return Err(Error::usage(format!("`host` takes `{option}` with `--shot OUT.png` only")));
            }
            if out.is_some() && given.has("--nrepl") {
                return Err(Error::usage(
                    "`host` takes no `--nrepl` with `--shot`: it ends after the picture",
                ));
            }
            Ok(Command::Host {
                machine: given.machine()?,
                out,
                script: given.value("--script").map(PathBuf::from),
                wants_json: given.has("--json"),
                is_headless: given.has("--headless"),
                nrepl: given.port()?,
            })
        }
        "film" => {
            let script = given.value("--script").map(PathBuf::from);
            let missing = || Error::usage("`film` needs something to play: --script FILE");
            Ok(Command::Film {
                machine: given.machine()?,
                out: given.required_name()?,
                script: script.ok_or_else(missing)?,
            })
        }
        "repl" => Ok(Command::Repl { to: given.value("--to").map(String::from) }),
        "push" => Ok(Command::Push {
            file: given.required_name()?,
            is_watching: given.has("--watch"),
            to: given.value("--to").map(String::from),
        }),
        "eval" => {
            let expression = given.value("-e").map(String::from);
            if given.names.is_empty() && expression.is_none() {
                return Err(Error::usage("`eval` needs a file or `-e EXPR`"));
            }
            let files = given.names.iter().map(PathBuf::from).collect();
            let (is_test, is_profiled) = (given.has("--test"), given.has("--profile"));
            Ok(Command::Eval(Eval { files, expression, is_test, is_profiled }))
        }
        "image" => Ok(Command::Image { out: given.required_name()? }),
        "bench" => given.measurement().map(Command::Bench),
        "bless" => Ok(Command::Bless),
        _ => match given.names.first() {
            None => Ok(Command::Help(overview())),
            Some(name) => Ok(Command::Help(explain(command_spec(name)?))),
        },
    }
}

fn command_spec(name: &str) -> Result<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.name == name).ok_or_else(|| {
        let hint = suggestion(name, COMMANDS.iter().map(|spec| spec.name));
        Error::usage(format!("unknown command `{name}`{hint}"))
    })
}

/// The options and names that a command was given.
struct Given {
    spec: &'static CommandSpec,
    options: Vec<(&'static str, String)>,
    names: Vec<String>,
}

impl Given {
    /// Sorts the words; `None` when help is asked for.
    fn read(spec: &'static CommandSpec, words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut given = Given { spec, options: Vec::new(), names: Vec::new() };
        let mut words = words;
        let mut only_names = false;
        while let Some(word) = words.next() {
            if word == "--" && !only_names {
                only_names = true;
            } else if only_names || !word.starts_with('-') || word == "-" {
                if given.names.len() == spec.names_max {
                    return Err(Error::usage(format!("`{}` does not take `{word}`", spec.name)));
                }
                given.names.push(word);
            } else if word == "-h" {
                return Ok(None);
            } else {
                let (name, attached) = match word.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_string())),
                    None => (word.as_str(), None),
                };
                let all = || spec.options.iter().copied().flatten();
                let Some(option) = all().find(|option| option.name == name) else {
                    let hint = suggestion(name, all().map(|option| option.name));
                    return Err(Error::usage(format!("unknown option `{name}` of `{}`{hint}", spec.name)));
                };
                let value = match (option.value, attached) {
                    (None, Some(_)) => return Err(Error::usage(format!("`{name}` takes no value"))),
                    (None, None) => String::new(),
                    (Some(what), attached) => attached
                        .or_else(|| words.next())
                        .ok_or_else(|| Error::usage(format!("`{name}` needs a value: {what}")))?,
                };
                given.options.push((option.name, value));
            }
        }
        Ok(if given.has("--help") { None } else { Some(given) })
    }

    fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of an option; the last one given counts.
    fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    fn required_name(&self) -> Result<PathBuf> {
        let missing = || Error::usage(format!("`{}` needs a name: {}", self.spec.name, self.spec.names));
        self.names.first().map(PathBuf::from).ok_or_else(missing)
    }

    fn number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>> {
        let Some(text) = self.value(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(Error::usage(format!("`{name} {text}`: expected a number from {least} to {most}"))),
        }
    }

    fn port(&self) -> Result<Option<u16>> {
        Ok(self.number("--nrepl", 0, 65_535)?.and_then(|port| u16::try_from(port).ok()))
    }

    /// A suite and names of its benchmarks; or names alone, when they are all of one suite.
    fn measurement(&self) -> Result<Measurement> {
        let Some(first) = self.names.first() else { return Ok(Measurement::List) };
        if let Some(what) = OF_DESKTOPS.iter().copied().find(|what| what == first) {
            return self.of_desktops(what);
        }
        let mut names = self.names.iter().map(String::as_str);
        let suite = match bench::suite(first) {
            Some(suite) => {
                names.next();
                suite
            }
            None => bench::SUITES.iter().find(|suite| suite.bench(first).is_some()).ok_or_else(|| {
                let benches = bench::SUITES.iter().flat_map(|suite| suite.benches).map(|bench| bench.name);
                let known = bench::SUITES
                    .iter()
                    .map(|suite| suite.name)
                    .chain(OF_DESKTOPS.iter().copied())
                    .chain(benches);
                Error::usage(format!("unknown benchmark `{first}`{}", suggestion(first, known)))
            })?,
        };
        if self.has("--native") {
            return Err(Error::usage(format!(
                "`--native` is for `bench {LATENCY}`, `bench {DEMOS}` and `bench {PROGRAMS}`"
            )));
        }
        let mut words = Vec::new();
        for name in names {
            if suite.bench(name).is_none() {
                let hint = suggestion(name, suite.benches.iter().map(|bench| bench.name));
                return Err(Error::usage(format!("unknown benchmark `{name}` of `{}`{hint}", suite.name)));
            }
            words.push(name.to_string());
        }
        if let Some(runs) = self.number("--runs", 1, 1000)? {
            words.extend(["--runs".to_string(), runs.to_string()]);
        }
        let flags = ["--json", "--quick", "--ours", "--rust"].into_iter().filter(|flag| self.has(flag));
        words.extend(flags.map(String::from));
        Ok(Measurement::Suite { suite, words })
    }

    fn of_desktops(&self, what: &'static str) -> Result<Measurement> {
        let option = ["--runs", "--rust"].into_iter().find(|name| self.has(name));
        if let Some(word) = self.names.get(1).map(String::as_str).or(option) {
            return Err(Error::usage(format!("`bench {what}` does not take `{word}`")));
        }
        let (in_qemu, is_quick, wants_json) =
            (!self.has("--native"), self.has("--quick"), self.has("--json"));
        Ok(Measurement::Desktops { what, in_qemu, is_quick, wants_json })
    }

    fn machine(&self) -> Result<Machine> {
        let mut machine = Machine::default();
        if let Some(cpus) = self.number("--cpus", 1, 64)? {
            machine.cpus = cpus;
        }
        if let Some(memory) = self.number("--memory", 128, 1 << 20)? {
            machine.memory_mib = memory;
        }
        if let Some(text) = self.value("--size") {
            machine.size = Some(Size::parse(text).ok_or_else(|| {
                Error::usage(format!("`--size {text}`: expected WIDTHxHEIGHT from 320x200 to 8192x8192"))
            })?);
        }
        if let Some(text) = self.value("--scale") {
            let known = [("1", 100), ("1.25", 125), ("1.5", 150), ("2", 200)];
            let found = known.into_iter().find(|(name, _)| *name == text);
            let wanted = || Error::usage(format!("`--scale {text}`: expected 1, 1.25, 1.5 or 2"));
            machine.scale = Some(found.ok_or_else(wanted)?.1);
        }
        machine.app = self.value("--app").map(PathBuf::from);
        Ok(machine)
    }
}

/// What `halt help` prints.
fn overview() -> String {
    let mut text = "halt: an operating system in which every value is immutable\n\n".to_string();
    for spec in COMMANDS {
        let usage = format!("halt {} {}", spec.name, spec.names);
        text += &format!("  {usage:<22} {}\n", spec.help);
    }
    text += "\n`halt help COMMAND` lists the options of a command.\n";
    text += "Environment: HALT_QEMU, HALT_OVMF_CODE and HALT_OVMF_VARS name the files to use instead of\n";
    text += "searching for them; HALT_RUNTIME_DIR the folder where running desktops are found; HALT_KEEP the file in which\n\
             settings and files outlive them (usually ~/.local/state/halt/desktop.edn; nothing for none).\n";
    text
}

/// What `halt COMMAND --help` prints.
fn explain(spec: &CommandSpec) -> String {
    let mut text = format!("halt {} [OPTIONS] {}", spec.name, spec.names).trim_end().to_string();
    text += &format!("\n\n{}\n\n", spec.help);
    for option in spec.options.iter().copied().flatten() {
        let usage = format!("{} {}", option.name, option.value.unwrap_or_default());
        text += &format!("  {usage:<16} {}\n", option.help);
    }
    if spec.options.iter().copied().flatten().any(|option| option.name == "--script") {
        text += &format!("\nA script has one step a line (`#` begins a comment):\n{}", crate::script::help());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<Command>) {
        assert_eq!(parse(line.split_whitespace().map(String::from)), expected, "{line}");
    }

    fn fails(line: &str, message: &str) {
        check(line, Err(Error::usage(message)));
    }

    #[test]
    fn no_command_means_run() {
        check("", Ok(Command::Run { machine: Machine::default(), is_headless: false, nrepl: None }));
        let machine = Machine { cpus: 3, ..Machine::default() };
        check(
            "--cpus 3 --headless --nrepl 7888",
            Ok(Command::Run { machine: machine.clone(), is_headless: true, nrepl: Some(7888) }),
        );
        check("run --cpus=3", Ok(Command::Run { machine, is_headless: false, nrepl: None }));
    }

    #[test]
    fn shot_takes_a_name_and_a_machine() {
        let machine = Machine {
            memory_mib: 512,
            size: Some(Size { width: 800, height: 600 }),
            app: Some("a.clj".into()),
            ..Machine::default()
        };
        check(
            "shot out.png --script s --json --memory 512 --size 800x600 --app a.clj",
            Ok(Command::Shot { machine, out: "out.png".into(), script: Some("s".into()), wants_json: true }),
        );
    }

    #[test]
    fn host_takes_what_shot_takes() {
        let machine = Machine { cpus: 1, ..Machine::default() };
        check(
            "host --shot out.png --script s --cpus 1",
            Ok(Command::Host {
                machine,
                out: Some("out.png".into()),
                script: Some("s".into()),
                wants_json: false,
                is_headless: false,
                nrepl: None,
            }),
        );
        fails("host --nrepl many", "`--nrepl many`: expected a number from 0 to 65535");
        fails(
            "host --nrepl 0 --shot a.png",
            "`host` takes no `--nrepl` with `--shot`: it ends after the picture",
        );
        fails("host --json", "`host` takes `--json` with `--shot OUT.png` only");
    }

    #[test]
    fn film_needs_a_script() {
        let film = |script: &str| Command::Film {
            machine: Machine::default(),
            out: "a.png".into(),
            script: script.into(),
        };
        check("film a.png --script s", Ok(film("s")));
        fails("film a.png", "`film` needs something to play: --script FILE");
    }

    #[test]
    fn repl_and_push_know_several_desktops() {
        check("repl", Ok(Command::Repl { to: None }));
        let to = Some("host-7".to_string());
        check("repl --to host-7", Ok(Command::Repl { to: to.clone() }));
        check(
            "push a.clj --watch --to=host-7",
            Ok(Command::Push { file: "a.clj".into(), is_watching: true, to }),
        );
        fails("push", "`push` needs a name: FILE");
    }

    #[test]
    fn eval_takes_files_and_an_expression() {
        let eval = |files: &[&str], expression: Option<&str>, is_test, is_profiled| {
            let (files, expression) =
                (files.iter().map(PathBuf::from).collect(), expression.map(String::from));
            Ok(Command::Eval(Eval { files, expression, is_test, is_profiled }))
        };
        check("eval -e 1", eval(&[], Some("1"), false, false));
        check("eval a.clj -", eval(&["a.clj", "-"], None, false, false));
        check("eval --test a.clj -", eval(&["a.clj", "-"], None, true, false));
        check("eval --profile a.clj", eval(&["a.clj"], None, false, true));
    }

    #[test]
    fn bench_takes_a_suite_and_names() {
        let heap = bench::suite("heap").unwrap();
        let measured = |words: &[&str]| {
            let words = words.iter().map(|word| word.to_string()).collect();
            Ok(Command::Bench(Measurement::Suite { suite: heap, words }))
        };
        check("bench", Ok(Command::Bench(Measurement::List)));
        check("bench heap", measured(&[]));
        check("bench heap map-get alloc --json", measured(&["map-get", "alloc", "--json"]));
        check("bench map-get --runs 3", measured(&["map-get", "--runs", "3"]));
        let latency =
            |in_qemu, is_quick| Measurement::Desktops { what: LATENCY, in_qemu, is_quick, wants_json: false };
        check("bench latency", Ok(Command::Bench(latency(true, false))));
        check("bench latency --native --quick", Ok(Command::Bench(latency(false, true))));
        let demos = Measurement::Desktops { what: DEMOS, in_qemu: true, is_quick: false, wants_json: true };
        check("bench demos --json", Ok(Command::Bench(demos)));
        fails("bench latency --runs 3", "`bench latency` does not take `--runs`");
        fails("bench latency map-get", "`bench latency` does not take `map-get`");
        fails("bench heap --native", "`--native` is for `bench latency`, `bench demos` and `bench programs`");
        fails("bench heap map-gt", "unknown benchmark `map-gt` of `heap`; did you mean `map-get`?");
        fails("bench hep", "unknown benchmark `hep`; did you mean `heap`?");
        fails("bench heap --runs 0", "`--runs 0`: expected a number from 1 to 1000");
    }

    #[test]
    fn mistakes_are_named_with_the_nearest_match() {
        fails("shoot", "unknown command `shoot`; did you mean `shot`?");
        fails("run --cpu 3", "unknown option `--cpu` of `run`; did you mean `--cpus`?");
        fails("run --cpus", "`--cpus` needs a value: N");
        fails("run --cpus none", "`--cpus none`: expected a number from 1 to 64");
        fails("run --cpus 0", "`--cpus 0`: expected a number from 1 to 64");
        fails("run --scale 3", "`--scale 3`: expected 1, 1.25, 1.5 or 2");
        fails("run --size big", "`--size big`: expected WIDTHxHEIGHT from 320x200 to 8192x8192");
        fails("run --headless=yes", "`--headless` takes no value");
        fails("run there", "`run` does not take `there`");
        fails("eval", "`eval` needs a file or `-e EXPR`");
        fails("eval -x", "unknown option `-x` of `eval`; did you mean `-e`?");
        fails("shot", "`shot` needs a name: OUT.png");
        fails("image a b", "`image` does not take `b`");
        fails("help shto", "unknown command `shto`; did you mean `shot`?");
    }

    #[test]
    fn help_lists_every_option() {
        for spec in COMMANDS {
            let Ok(Command::Help(text)) = parse([spec.name.to_string(), "--help".to_string()]) else {
                panic!("{} has no help", spec.name);
            };
            for option in spec.options.iter().copied().flatten() {
                assert!(text.contains(option.name), "{}: {text}", option.name);
            }
            assert!(overview().contains(spec.name));
        }
    }
}
