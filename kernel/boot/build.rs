//! Links the loader as a static position-independent ELF (later rewritten as PE32+) and tells it where the kernel is.
//!
//! `HALT_KERNEL_ELF` names the kernel. Without it (a plain `cargo build` of the workspace) the loader
//! holds no kernel and says so when it is started.

use std::{env, fs, path::PathBuf};

fn main() {
    for arg in ["-nostartfiles", "-nostdlib", "-static-pie", "-Wl,-z,max-page-size=4096", "-Wl,-e,efi_main"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=HALT_KERNEL_ELF");
    let kernel = match env::var_os("HALT_KERNEL_ELF") {
        Some(path) => {
            let path = PathBuf::from(path);
            println!("cargo:rerun-if-changed={}", path.display());
            path
        }
        // Cargo is not told of this file: it is newer than the build that wrote it, and would start another.
        None => {
            let empty = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("no-kernel");
            fs::write(&empty, b"").expect("OUT_DIR is writable");
            empty
        }
    };
    println!("cargo:rustc-env=HALT_KERNEL_IMAGE={}", kernel.display());
}
