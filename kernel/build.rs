//! Links the kernel as a static position-independent ELF that needs no C library.

fn main() {
    for arg in ["-nostartfiles", "-nostdlib", "-static-pie", "-Wl,-z,max-page-size=4096"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
