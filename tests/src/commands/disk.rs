//! `halt image`: a disk image that UEFI machines boot from, for a USB stick.
//!
//! The image has a master boot record with one partition, an EFI system partition (FAT32) that holds the loader
//! where firmware looks on removable disks: `EFI/BOOT/BOOTX64.EFI`.

use crate::error::{Error, Result, naming};
use crate::guest;
use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions, format_volume};
use std::io::{Cursor, Seek, SeekFrom, Write};
use std::path::Path;

const SECTOR: usize = 512;
/// Where the partition begins: 1 MiB, as partitioning tools align it.
const PARTITION_SECTOR: usize = 2048;
/// 48 MiB: FAT32 needs more than 65525 clusters, here of one sector each.
const PARTITION_SECTORS: usize = 48 * 2048;
/// The partition's type: EFI system partition.
const TYPE_EFI: u8 = 0xEF;

/// Builds the system and writes the image.
pub(super) fn image(out: &Path) -> Result<()> {
    let efi = guest::efi()?;
    let loader = std::fs::read(&efi).map_err(naming(efi.display()))?;
    write_image(&loader, out)?;
    eprintln!("halt: wrote {} ({} MiB)", out.display(), (PARTITION_SECTOR + PARTITION_SECTORS) / 2048);
    eprintln!("halt: copy it to a whole USB stick (not to a partition), for instance with `dd`");
    Ok(())
}

/// Writes a disk image that boots this loader.
pub fn write_image(loader: &[u8], out: &Path) -> Result<()> {
    let partition =
        file_system(loader).map_err(|error| Error::failed(format!("{}: {error}", out.display())))?;
    let write = || {
        let mut file = std::fs::File::create(out)?;
        file.write_all(&boot_record())?;
        file.seek(SeekFrom::Start((PARTITION_SECTOR * SECTOR) as u64))?;
        file.write_all(&partition)
    };
    write().map_err(naming(out.display()))
}

/// The contents of the partition.
fn file_system(loader: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut disk = Cursor::new(vec![0; PARTITION_SECTORS * SECTOR]);
    let options = FormatVolumeOptions::new().fat_type(FatType::Fat32).bytes_per_cluster(SECTOR as u32);
    format_volume(&mut disk, options.volume_label(*b"HALT       ").volume_id(0x4841_4C54))?;
    let system = FileSystem::new(&mut disk, FsOptions::new())?;
    let root = system.root_dir();
    root.create_dir("EFI")?.create_dir("BOOT")?.create_file("BOOTX64.EFI")?.write_all(loader)?;
    drop(root);
    system.unmount()?;
    Ok(disk.into_inner())
}

/// The master boot record: no code, one partition.
fn boot_record() -> [u8; SECTOR] {
    let mut record = [0; SECTOR];
    record[440..444].copy_from_slice(b"HALT"); // the disk's id
    let entry = &mut record[446..462];
    // Cylinders and heads are beyond their range, which is written so.
    entry[1..4].copy_from_slice(&[0xFE, 0xFF, 0xFF]);
    entry[4] = TYPE_EFI;
    entry[5..8].copy_from_slice(&[0xFE, 0xFF, 0xFF]);
    entry[8..12].copy_from_slice(&(PARTITION_SECTOR as u32).to_le_bytes());
    entry[12..16].copy_from_slice(&(PARTITION_SECTORS as u32).to_le_bytes());
    record[510..].copy_from_slice(&[0x55, 0xAA]);
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_loader_is_where_firmware_looks() {
        let loader: Vec<u8> = (0..3_000_000u32).map(|at| ((at * 7) >> 3) as u8).collect();
        let mut disk = Cursor::new(file_system(&loader).unwrap());
        let system = FileSystem::new(&mut disk, FsOptions::new()).unwrap();
        assert_eq!(system.fat_type(), FatType::Fat32);
        let mut found = Vec::new();
        system.root_dir().open_file("EFI/BOOT/BOOTX64.EFI").unwrap().read_to_end(&mut found).unwrap();
        assert!(found == loader);
    }

    #[test]
    fn a_loader_that_does_not_fit_is_an_error() {
        assert!(file_system(&vec![0; PARTITION_SECTORS * SECTOR]).is_err());
        assert!(write_image(b"MZ", Path::new("no/such/folder/out.img")).is_err());
    }
}
