//! Lists the built-in apps: every folder of `apps/` with its `about.clj` and `app.clj`; and hashes all that an image of the desktop is
//! made from.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells the folder")).join("../../apps");
    let root = root.canonicalize().expect("there is a folder `apps`");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut names: Vec<String> = fs::read_dir(&root)
        .expect("the folder `apps` can be read")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let (mut list, mut catalogue) = (String::new(), String::new());
    for name in &names {
        let folder = root.join(name);
        let (about, app) = (file(&folder, "about.clj"), file(&folder, "app.clj"));
        list += &format!("    ({name:?}, include_str!({app:?})),\n");
        let about = fs::read_to_string(&about).unwrap_or_else(|error| panic!("{}: {error}", about.display()));
        catalogue += &format!("{name:?} {about}\n");
    }
    let mut pages = String::new();
    for name in ["TUTORIAL", "APPS", "SCENES", "LISP"] {
        let page = root.join(format!("../docs/{name}.md")).canonicalize().expect("there is a page for users");
        println!("cargo:rerun-if-changed={}", page.display());
        pages += &format!("    ({name:?}, include_str!({page:?})),\n");
    }
    let text = format!(
        "/// The pages for users, by name.\npub(crate) const PAGES: &[(&str, &str)] = &[\n{pages}];\n\n\
         /// The built-in apps by name: the program of each.\npub(crate) const APPS: &[(&str, &str)] = &[\n{list}];\n\n\
         /// What their `about.clj` say: the text of one map, by name.\npub(crate) const CATALOGUE: &str = {:?};\n",
        format!("{{{catalogue}}}")
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo tells where to"));
    write(&out.join("apps.rs"), &text);
    let mut hash = FNV_OFFSET;
    for folder in HASHED {
        let folder = root.join("..").join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        hash_files(&folder, &mut hash);
    }
    write(&out.join("sources.rs"), &format!("/// {HASH_DOC}\npub const SOURCES_HASH: u64 = {hash:#x};\n"));
}

/// What an image of the desktop is made from.
const HASHED: [&str; 6] = [
    "apps",
    "kernel/heap/src",
    "kernel/lisp/src",
    "kernel/lisp/clj",
    "kernel/system/src",
    "kernel/system/clj",
];
const HASH_DOC: &str = "Tells from which sources of heap, language, system and apps this was built.";

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x100_0000_01B3;

/// Goes over names and contents of all files in a folder, in order.
fn hash_files(folder: &Path, hash: &mut u64) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_files(&path, hash);
            continue;
        }
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let length = (text.len() as u64).to_le_bytes();
        for byte in name.iter().chain(&length).chain(&text) {
            *hash = (*hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// A file that every app has.
fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    println!("cargo:rerun-if-changed={}", path.display());
    assert!(path.is_file(), "{}: an app needs this file; see apps/README.md", path.display());
    path
}
