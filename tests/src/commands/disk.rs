//! `halt image`: a disk image that UEFI machines boot from, for a USB stick.
//!
//! The image has a master boot record with one partition, an EFI system partition (FAT32) that holds the loader
//! where firmware looks on removable disks: `EFI/BOOT/BOOTX64.EFI`.

use crate::error::{Result, naming};
use crate::fat::{self, SECTOR};
use crate::guest;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Where the partition begins: 1 MiB, as partitioning tools align it.
const PARTITION_SECTOR: usize = 2048;
/// 48 MiB: FAT32 needs more than 65525 clusters, here of one sector each.
const PARTITION_SECTORS: usize = 48 * 2048;
/// The partition's type: EFI system partition.
const TYPE_EFI: u8 = 0xEF;

/// Builds the system and writes the image.
pub(super) fn image(out: &Path) -> Result<()> {
    // Before the build, which takes long.
    super::shot::check_folder(out)?;
    let efi = guest::efi()?;
    let loader = std::fs::read(&efi).map_err(naming(efi.display()))?;
    write_image(&loader, out)?;
    eprintln!("halt: wrote {} ({} MiB)", out.display(), (PARTITION_SECTOR + PARTITION_SECTORS) / 2048);
    eprintln!("halt: copy it to a whole USB stick (not to a partition), for instance with `dd`");
    Ok(())
}

/// Writes a disk image that boots this loader.
pub fn write_image(loader: &[u8], out: &Path) -> Result<()> {
    let partition = fat::with_file(loader, PARTITION_SECTORS, PARTITION_SECTOR)?;
    let write = || {
        let mut file = std::fs::File::create(out)?;
        file.write_all(&boot_record())?;
        file.seek(SeekFrom::Start((PARTITION_SECTOR * SECTOR) as u64))?;
        file.write_all(&partition)
    };
    write().map_err(naming(out.display()))
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

    #[test]
    fn the_record_names_one_partition() {
        let record = boot_record();
        assert_eq!(record[450], TYPE_EFI);
        assert_eq!(record[454..458], 2048u32.to_le_bytes());
        assert_eq!(record[510..], [0x55, 0xAA]);
        assert!(record[462..510].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(write_image(b"MZ", Path::new("no/such/folder/out.img")).is_err());
    }
}
