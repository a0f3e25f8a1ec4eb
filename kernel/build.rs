//! Links the kernel as a static position-independent ELF that needs no C library; puts an image of the desktop into it where the
//! launcher has made one (`HALT_DESKTOP_IMAGE`).

fn main() {
    for arg in ["-nostartfiles", "-nostdlib", "-static-pie", "-Wl,-z,max-page-size=4096"] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=HALT_DESKTOP_IMAGE");
    println!("cargo:rustc-check-cfg=cfg(desktop_image)");
    if let Ok(image) = std::env::var("HALT_DESKTOP_IMAGE") {
        println!("cargo:rustc-env=HALT_DESKTOP_IMAGE={image}\ncargo:rustc-cfg=desktop_image");
    }
}
