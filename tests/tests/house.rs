//! The house in order: documents name what exists, files say what they are, dependencies say what they save.

use std::path::{Path, PathBuf};

/// Every file under a folder that ends so, but for what is built.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != "target" && name != ".git" {
                found.extend(files(&path, ending));
            }
        } else if name.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The parts of a text between a pair of marks on one line.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.lines()
        .flat_map(move |line| line.split(open).skip(1).filter_map(move |rest| rest.split(close).next()))
}

/// What a document names that looks like a path of ours: folders are by their place in the tree.
fn paths_named(text: &str) -> Vec<&str> {
    let tops = ["kernel/", "ui/", "render/", "apps/", "assets/", "docs/", "tests/", ".ci/"];
    let is_path = |word: &&str| {
        tops.iter().any(|top| word.starts_with(top)) && !word.contains(['*', '<', '{', ' ', '(', ':', '$'])
    };
    // Code between backticks is every other part.
    let code = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    code.filter(is_path).collect()
}

#[test]
fn documents_name_only_paths_that_exist() {
    let root = halt::workspace();
    let documents = files(&root.join("docs"), ".md").into_iter();
    let documents = documents.chain(["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)));
    let mut wrong = Vec::new();
    for document in documents.filter(|path| path.exists()) {
        let text = read(&document);
        // Decisions and experiments are records of their day.
        let is_record = document.iter().any(|part| part == "decisions" || part == "experiments");
        for path in paths_named(&text).into_iter().filter(|_| !is_record) {
            if !root.join(path).exists() {
                wrong.push(format!("{}: {path}", document.display()));
            }
        }
        for link in between(&text, "](", ')').filter(|link| !link.contains(':') && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or_default();
            if !document.parent().unwrap().join(file).exists() {
                wrong.push(format!("{}: link to {link}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn source_files_say_what_they_are() {
    let root = halt::workspace();
    let sources =
        ["kernel", "ui", "render", "tests/src"].iter().flat_map(|folder| files(&root.join(folder), ".rs"));
    let is_source = |path: &PathBuf| path.iter().any(|part| part == "src");
    let silent: Vec<_> = sources.filter(is_source).filter(|path| !read(path).starts_with("//!")).collect();
    assert!(silent.is_empty(), "no `//!` header: {silent:#?}");
}

#[test]
fn every_dependency_says_what_it_saves() {
    let root = halt::workspace();
    let table = read(&root.join("docs/DEPENDENCIES.md"));
    let mut missing = Vec::new();
    for manifest in files(&root, "Cargo.toml") {
        let text = read(&manifest);
        let mut is_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                is_dependencies = line.contains("dependencies");
                continue;
            }
            let name = line.split(['=', '.']).next().unwrap_or_default().trim();
            let is_ours = name.starts_with("halt-") || name == "halt";
            let is_named = name.is_empty() || name.starts_with('#') || table.contains(&format!("`{name}`"));
            if is_dependencies && !is_ours && !is_named {
                missing.push(format!("{}: {name}", manifest.display()));
            }
        }
    }
    assert!(missing.is_empty(), "no row in docs/DEPENDENCIES.md: {missing:#?}");
}

#[test]
fn continuous_integration_runs_the_tests_as_they_are_documented() {
    let script = read(&halt::workspace().join(".ci/run"));
    for line in ["cargo fmt --check", "cargo clippy --all-targets -- -D warnings", "cargo test"] {
        assert!(script.lines().any(|given| given == line), "{line}");
    }
}
