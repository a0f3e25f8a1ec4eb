//! Lists the built-in apps: every folder of `apps/` with its `about.clj` and `app.clj`.

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
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo tells where to")).join("apps.rs");
    fs::write(&out, text).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}

/// A file that every app has.
fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    println!("cargo:rerun-if-changed={}", path.display());
    assert!(path.is_file(), "{}: an app needs this file; see apps/README.md", path.display());
    path
}
