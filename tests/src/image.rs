//! Builds `halt.efi`: the kernel, then the loader around it, then the loader's ELF rewritten as PE32+.
//!
//! Enter at [`build_efi`]. The loader is linked as a static position-independent ELF because that is what the
//! stock Linux toolchain makes; UEFI wants PE32+. Both are memory images with a list of words to relocate,
//! so the rewrite only changes the wrapping:
//!
//! ```text
//! 0x0000  DOS header, PE headers
//! 0x1000  .halt   the ELF's memory image (RVA = ELF address + 0x1000)
//!         .reloc  where the words are to which the firmware adds its load address
//! ```

use halt_host::halt_system;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSection, elf};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PAGE: usize = 0x1000;
/// What the addresses in the PE file assume; the firmware moves it.
const IMAGE_BASE: u64 = 0x1000_0000;
const DOS_HEADER_BYTES: usize = 0x40;
const DATA_DIRECTORIES: usize = 16;
const BASE_RELOCATION_DIRECTORY: usize = 5;
const R_X86_64_RELATIVE: u64 = 8;
const IMAGE_REL_BASED_DIR64: u16 = 10 << 12;

/// Builds the kernel and the loader in release form and returns the path of `halt.efi`.
pub fn build_efi(workspace: &Path) -> Result<PathBuf, String> {
    let workspace =
        &std::path::absolute(workspace).map_err(|error| format!("{}: {error}", workspace.display()))?;
    let target = workspace.join("target").join("image");
    let out = target.join("image");
    let kernel = out.join("halt-kernel");
    let desktop = desktop_image(&target)?;
    cargo_build(
        workspace,
        &target,
        "halt-kernel",
        desktop.as_deref().map(|path| ("HALT_DESKTOP_IMAGE", path)),
    )?;
    // In a folder of its own: the kernel uses the loader's library, which would be built again, and the kernel with
    // it, whenever the build with a kernel inside follows one without.
    let loader_target = target.join("loader");
    cargo_build(workspace, &loader_target, "halt-boot", Some(("HALT_KERNEL_ELF", &kernel)))?;
    let loader = loader_target.join("image").join("halt-boot");
    let bytes = fs::read(&loader).map_err(|error| format!("{}: {error}", loader.display()))?;
    let pe = pe_from_elf(&bytes).map_err(|error| format!("{}: {error}", loader.display()))?;
    let efi = out.join("halt.efi");
    // Through a rename, so that a guest that is starting never sees half a file.
    let fresh = out.join(format!("halt.efi.{}", std::process::id()));
    fs::write(&fresh, pe).map_err(|error| format!("{}: {error}", fresh.display()))?;
    fs::rename(&fresh, &efi).map_err(|error| format!("{}: {error}", efi.display()))?;
    Ok(efi)
}

/// How the guest is compiled, by the unit separator: backtraces need frame pointers, tries count bits.
const FLAGS: &str = "-Cforce-frame-pointers=yes\x1f-Ctarget-feature=+popcnt";

/// Writes the image of the desktop that the kernel begins with, where it has changed. None when the desktop's own Lisp does not load: then
/// the guest tells so.
fn desktop_image(target: &Path) -> Result<Option<PathBuf>, String> {
    let Ok(image) = halt_system::desktop_image() else { return Ok(None) };
    let bytes = [&halt_system::SOURCES_HASH.to_le_bytes(), &*image].concat();
    let path = target.join("desktop.image");
    if fs::read(&path).ok().as_ref() != Some(&bytes) {
        let write = fs::create_dir_all(target).and_then(|()| fs::write(&path, bytes));
        write.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(Some(path))
}

/// Builds one package as the guest image wants it, with a file that it includes: the variable that names it, and its path.
fn cargo_build(
    workspace: &Path,
    target: &Path,
    package: &str,
    file: Option<(&str, &Path)>,
) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command.current_dir(workspace).args([
        "build",
        "--quiet",
        "--profile",
        "image",
        "-p",
        package,
        "--target-dir",
    ]);
    command.arg(target);
    // What the outer cargo and the user's environment say is for the host's build.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env_remove("HALT_KERNEL_ELF");
    command.env_remove("HALT_DESKTOP_IMAGE");
    command.env("CARGO_ENCODED_RUSTFLAGS", FLAGS);
    if package == "halt-boot" {
        command.args(["--features", "loader"]);
    }
    command.envs(file);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("building {package} failed")),
        Err(error) => Err(format!("{}: {error}", OsStr::new(&cargo).display())),
    }
}

/// Rewrites a static position-independent x86-64 ELF, relocated only by `R_X86_64_RELATIVE`, as an EFI application.
pub fn pe_from_elf(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(|error| error.to_string())?;
    let endian = file.endian();
    let mut memory = Vec::new();
    let mut memory_bytes = 0;
    for segment in file.elf_program_headers().iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
    {
        let data = segment.data(endian, bytes).map_err(|()| "a segment is cut off".to_string())?;
        let at = segment.p_vaddr(endian) as usize;
        memory.resize(memory.len().max(at + data.len()), 0);
        memory[at..at + data.len()].copy_from_slice(data);
        memory_bytes = memory_bytes.max(at + segment.p_memsz(endian) as usize);
    }
    if memory.is_empty() {
        return Err("nothing to load".into());
    }

    // Words to relocate, by page, as the offsets within it.
    let mut pages: BTreeMap<usize, Vec<u16>> = BTreeMap::new();
    let table = file.section_by_name(".rela.dyn").map(|section| section.data()).transpose();
    for entry in table.map_err(|error| error.to_string())?.unwrap_or(&[]).chunks_exact(24) {
        let word = |at: usize| u64::from_le_bytes(entry[at..at + 8].try_into().expect("eight bytes"));
        let (at, kind, addend) = (word(0) as usize, word(8), word(16));
        if kind != R_X86_64_RELATIVE {
            return Err(format!("relocation {kind} at {at:#x} is not relative"));
        }
        let slot = memory
            .get_mut(at..at + 8)
            .ok_or_else(|| format!("relocation at {at:#x} is outside the image"))?;
        slot.copy_from_slice(&(IMAGE_BASE + PAGE as u64 + addend).to_le_bytes());
        pages.entry((at + PAGE) / PAGE * PAGE).or_default().push((at % PAGE) as u16);
    }
    Ok(assemble(&memory, memory_bytes, &relocation_blocks(&pages), PAGE as u64 + file.entry()))
}

/// The `.reloc` section: per page its address, the block's bytes and an entry for each word.
fn relocation_blocks(pages: &BTreeMap<usize, Vec<u16>>) -> Vec<u8> {
    let mut blocks = Vec::new();
    for (page, offsets) in pages {
        let mut entries: Vec<u16> = offsets.iter().map(|offset| IMAGE_REL_BASED_DIR64 | offset).collect();
        if entries.len() % 2 == 1 {
            entries.push(0); // a block is a multiple of four bytes
        }
        blocks.extend((*page as u32).to_le_bytes());
        blocks.extend((8 + entries.len() as u32 * 2).to_le_bytes());
        blocks.extend(entries.iter().flat_map(|entry| entry.to_le_bytes()));
    }
    blocks
}

/// Writes the PE32+ file.
fn assemble(memory: &[u8], memory_bytes: usize, relocations: &[u8], entry: u64) -> Vec<u8> {
    let code_raw = memory.len().next_multiple_of(PAGE);
    let code_virtual = memory_bytes.next_multiple_of(PAGE);
    let relocation_rva = PAGE + code_virtual;
    let relocation_raw = relocations.len().next_multiple_of(PAGE);
    let image_bytes = relocation_rva + relocation_raw.max(PAGE);

    let mut pe = vec![0; DOS_HEADER_BYTES];
    pe[..2].copy_from_slice(b"MZ");
    pe[0x3C..].copy_from_slice(&(DOS_HEADER_BYTES as u32).to_le_bytes());
    pe.extend(b"PE\0\0");
    let mut put = |bytes: &[u8]| pe.extend(bytes);
    // File header: x86-64, two sections, executable and large-address aware.
    put(&0x8664u16.to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&[0; 12]); // time stamp and symbols: none, so that equal sources give equal files
    put(&(112 + 8 * DATA_DIRECTORIES as u16).to_le_bytes());
    put(&0x22u16.to_le_bytes());
    // Optional header, PE32+.
    put(&0x20Bu16.to_le_bytes());
    put(&[0; 2]); // linker version
    put(&(code_raw as u32).to_le_bytes());
    put(&(relocation_raw as u32).to_le_bytes());
    put(&0u32.to_le_bytes()); // uninitialised data
    put(&(entry as u32).to_le_bytes());
    put(&(PAGE as u32).to_le_bytes()); // base of code
    put(&IMAGE_BASE.to_le_bytes());
    put(&(PAGE as u32).to_le_bytes()); // alignment in memory
    put(&(PAGE as u32).to_le_bytes()); // alignment in the file
    put(&[0; 16]); // versions
    put(&(image_bytes as u32).to_le_bytes());
    put(&(PAGE as u32).to_le_bytes()); // headers
    put(&0u32.to_le_bytes()); // checksum
    put(&10u16.to_le_bytes()); // subsystem: EFI application
    put(&0u16.to_le_bytes());
    put(&[0; 32]); // stack and heap sizes
    put(&0u32.to_le_bytes());
    put(&(DATA_DIRECTORIES as u32).to_le_bytes());
    for directory in 0..DATA_DIRECTORIES {
        let is_relocation = directory == BASE_RELOCATION_DIRECTORY && !relocations.is_empty();
        let (rva, bytes) = if is_relocation { (relocation_rva, relocations.len()) } else { (0, 0) };
        put(&(rva as u32).to_le_bytes());
        put(&(bytes as u32).to_le_bytes());
    }
    // Sections: name, bytes in memory, address, bytes in the file, place in the file, flags.
    let mut section = |name: &[u8; 8], bytes: usize, rva: usize, raw: usize, at: usize, flags: u32| {
        put(name);
        for value in [bytes, rva, raw, at] {
            put(&(value as u32).to_le_bytes());
        }
        put(&[0; 12]);
        put(&flags.to_le_bytes());
    };
    section(b".halt\0\0\0", memory_bytes, PAGE, code_raw, PAGE, 0xE000_0060);
    section(b".reloc\0\0", relocations.len(), relocation_rva, relocation_raw, PAGE + code_raw, 0x4200_0040);

    pe.resize(PAGE, 0);
    pe.extend(memory);
    pe.resize(PAGE + code_raw, 0);
    pe.extend(relocations);
    pe.resize(PAGE + code_raw + relocation_raw, 0);
    pe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_an_elf_is_an_error() {
        assert!(pe_from_elf(b"MZ this is no ELF file").is_err());
        assert!(pe_from_elf(&[]).is_err());
    }

    #[test]
    fn odd_relocation_block_is_padded() {
        let blocks = relocation_blocks(&BTreeMap::from([(0x2000, vec![8, 16, 0xFF8])]));
        assert_eq!(blocks.len(), 8 + 4 * 2);
        assert_eq!(blocks[..8], [0, 0x20, 0, 0, 16, 0, 0, 0]);
        assert_eq!(blocks[12..], [0xF8, 0xAF, 0, 0]);
    }

    #[test]
    fn image_is_laid_out_by_address() {
        let pe = assemble(&[7; 0x1800], 0x5000, &[1; 12], 0x1234);
        let word = |at: usize| u32::from_le_bytes(pe[at..at + 4].try_into().expect("four bytes")) as usize;
        assert_eq!(&pe[..2], b"MZ");
        assert_eq!(&pe[word(0x3C)..word(0x3C) + 4], b"PE\0\0");
        let optional = word(0x3C) + 24;
        assert_eq!(word(optional + 16), 0x1234, "entry");
        assert_eq!(word(optional + 56), 0x7000, "bytes of the image: headers, 5 pages, relocations");
        assert_eq!(
            word(optional + 112 + 8 * BASE_RELOCATION_DIRECTORY),
            0x6000,
            "relocations after zeroed memory"
        );
        assert_eq!(pe[PAGE..PAGE + 0x1800], [7; 0x1800], "file offset is the address in memory");
        assert_eq!(pe[PAGE + 0x2000], 1);
    }
}
