//! A FAT32 file system with one file, as firmware boots from.
//!
//! Enter at [`with_file`]. Crates that write FAT switch on `std` in crates that the kernel shares with them, and
//! one workspace builds both; one file needs few lines.
//!
//! ```text
//! sector 0       boot sector           sector 6, 7    copies of sectors 0 and 1
//! sector 1       free-space hints      sector 32      allocation table, twice
//! after those    clusters of one sector from number 2: root, EFI, EFI/BOOT, the file
//! ```

use crate::error::{Error, Result};

/// Bytes of a sector, and of a cluster.
pub const SECTOR: usize = 512;
const RESERVED: usize = 32;
const TABLES: usize = 2;
/// FAT32 is told from its older kin by having at least this many clusters.
const CLUSTERS_MIN: usize = 65525;
const END_OF_CHAIN: u32 = 0x0FFF_FFFF;
const MEDIA: u8 = 0xF8;
const ROOT: u32 = 2;
const EFI: u32 = 3;
const BOOT: u32 = 4;
const FILE: u32 = 5;
const IS_VOLUME_LABEL: u8 = 0x08;
const IS_DIRECTORY: u8 = 0x10;
const IS_FILE: u8 = 0x20;
/// 2026-01-01 as FAT writes dates: years since 1980, month, day. Always the same, as equal sources give equal images.
const DATE: u16 = (46 << 9) | (1 << 5) | 1;

/// Returns the contents of a partition of this many sectors that holds `EFI/BOOT/BOOTX64.EFI`.
pub fn with_file(contents: &[u8], sectors: usize, hidden_sectors: usize) -> Result<Vec<u8>> {
    let table_sectors = sectors.div_ceil(SECTOR / 4); // an entry for each sector is a few too many
    let first = RESERVED + TABLES * table_sectors;
    let clusters = sectors.saturating_sub(first);
    if clusters < CLUSTERS_MIN {
        return Err(Error::failed(format!("{sectors} sectors are too few for FAT32")));
    }
    let file_clusters = contents.len().div_ceil(SECTOR);
    let used = (FILE - ROOT) as usize + file_clusters;
    if used > clusters {
        return Err(Error::failed(format!("{} bytes do not fit on the disk image", contents.len())));
    }

    let mut disk = vec![0; sectors * SECTOR];
    let boot = boot_sector(sectors as u32, table_sectors as u32, hidden_sectors as u32);
    let hints = free_space((clusters - used) as u32, FILE + file_clusters as u32);
    for copy in [0, 6 * SECTOR] {
        disk[copy..copy + SECTOR].copy_from_slice(&boot);
        disk[copy + SECTOR..copy + 2 * SECTOR].copy_from_slice(&hints);
    }
    // The first two entries are no clusters; the directories have one each; the file's clusters follow each other.
    let mut table =
        vec![0x0FFF_FF00 | u32::from(MEDIA), END_OF_CHAIN, END_OF_CHAIN, END_OF_CHAIN, END_OF_CHAIN];
    table.extend((1..file_clusters as u32).map(|next| FILE + next));
    table.extend((file_clusters > 0).then_some(END_OF_CHAIN));
    for copy in 0..TABLES {
        let at = (RESERVED + copy * table_sectors) * SECTOR;
        for (slot, entry) in disk[at..].chunks_exact_mut(4).zip(&table) {
            slot.copy_from_slice(&entry.to_le_bytes());
        }
    }
    let mut fill = |cluster: u32, bytes: &[u8]| {
        let at = (first + (cluster - ROOT) as usize) * SECTOR;
        disk[at..at + bytes.len()].copy_from_slice(bytes);
    };
    fill(
        ROOT,
        &[entry(b"HALT       ", IS_VOLUME_LABEL, 0, 0), entry(b"EFI        ", IS_DIRECTORY, EFI, 0)].concat(),
    );
    // The root as a parent is written as 0.
    fill(EFI, &directory(EFI, 0, entry(b"BOOT       ", IS_DIRECTORY, BOOT, 0)));
    let start = if contents.is_empty() { 0 } else { FILE };
    fill(BOOT, &directory(BOOT, EFI, entry(b"BOOTX64 EFI", IS_FILE, start, contents.len() as u32)));
    fill(FILE, contents);
    Ok(disk)
}

fn boot_sector(sectors: u32, table_sectors: u32, hidden_sectors: u32) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[0xEB, 0x58, 0x90]); // a jump over the table, as readers expect it
    put(3, b"HALT    ");
    put(11, &(SECTOR as u16).to_le_bytes());
    put(13, &[1]); // sectors in a cluster
    put(14, &(RESERVED as u16).to_le_bytes());
    put(16, &[TABLES as u8]);
    put(21, &[MEDIA]);
    put(24, &63u16.to_le_bytes()); // sectors in a track and heads: nobody looks, but zero is refused
    put(26, &255u16.to_le_bytes());
    put(28, &hidden_sectors.to_le_bytes());
    put(32, &sectors.to_le_bytes());
    put(36, &table_sectors.to_le_bytes());
    put(44, &ROOT.to_le_bytes());
    put(48, &1u16.to_le_bytes()); // where the free-space hints are
    put(50, &6u16.to_le_bytes()); // where the copy of this sector is
    put(64, &[0x80, 0, 0x29]); // a hard disk; serial number, label and type follow
    put(67, b"HALT");
    put(71, b"HALT       ");
    put(82, b"FAT32   ");
    put(510, &[0x55, 0xAA]);
    sector
}

/// The sector of hints: how many clusters are free, and where to look for the next one.
fn free_space(free: u32, next: u32) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RRaA");
    put(484, b"rrAa");
    put(488, &free.to_le_bytes());
    put(492, &next.to_le_bytes());
    put(510, &[0x55, 0xAA]);
    sector
}

/// A directory entry, its name in eight characters and three.
fn entry(name: &[u8; 11], kind: u8, cluster: u32, bytes: u32) -> [u8; 32] {
    let mut entry = [0; 32];
    let mut put = |at: usize, bytes: &[u8]| entry[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name);
    put(11, &[kind]);
    put(16, &DATE.to_le_bytes());
    put(18, &DATE.to_le_bytes());
    put(20, &((cluster >> 16) as u16).to_le_bytes());
    put(24, &DATE.to_le_bytes());
    put(26, &(cluster as u16).to_le_bytes());
    put(28, &bytes.to_le_bytes());
    entry
}

/// A directory of one entry beside itself and its parent.
fn directory(this: u32, parent: u32, only: [u8; 32]) -> Vec<u8> {
    [entry(b".          ", IS_DIRECTORY, this, 0), entry(b"..         ", IS_DIRECTORY, parent, 0), only]
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTORS: usize = 48 * 2048;

    /// Reads as firmware does: by the boot sector, the table and the names.
    struct Reader<'a>(&'a [u8]);

    impl Reader<'_> {
        fn number(&self, at: usize, bytes: usize) -> usize {
            (0..bytes).map(|byte| usize::from(self.0[at + byte]) << (8 * byte)).sum()
        }

        fn chain(&self, first: usize) -> Vec<u8> {
            let (table, tables) = (self.number(14, 2) * SECTOR, self.number(16, 1));
            let data = table + tables * self.number(36, 4) * SECTOR;
            let mut bytes = Vec::new();
            let mut cluster = first;
            while cluster < 0x0FFF_FFF8 {
                let at = data + (cluster - 2) * self.number(13, 1) * SECTOR;
                bytes.extend_from_slice(&self.0[at..at + SECTOR]);
                cluster = self.number(table + 4 * cluster, 4);
            }
            bytes
        }

        /// The contents under a path, down from a directory's cluster.
        fn find(&self, directory: usize, path: &[&[u8; 11]]) -> Vec<u8> {
            let entries = self.chain(directory);
            let entry = entries.chunks(32).find(|entry| &entry[..11] == path[0]).expect("a name");
            let entry = Reader(entry);
            let cluster = entry.number(26, 2) | (entry.number(20, 2) << 16);
            match path.len() {
                1 => self.chain(cluster)[..entry.number(28, 4)].to_vec(),
                _ => self.find(cluster, &path[1..]),
            }
        }
    }

    #[test]
    fn the_file_is_where_firmware_looks() {
        for length in [1, SECTOR, 3_000_001] {
            let contents: Vec<u8> = (0..length as u32).map(|at| ((at * 7) >> 3) as u8).collect();
            let disk = with_file(&contents, SECTORS, 2048).unwrap();
            assert_eq!(disk.len(), SECTORS * SECTOR);
            let reader = Reader(&disk);
            let found = reader.find(reader.number(44, 4), &[b"EFI        ", b"BOOT       ", b"BOOTX64 EFI"]);
            assert!(found == contents, "{length}");
            assert_eq!(disk[..2 * SECTOR], disk[6 * SECTOR..8 * SECTOR], "the copies");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(with_file(&vec![0; SECTORS * SECTOR], SECTORS, 0).is_err());
        assert!(with_file(b"MZ", 1000, 0).is_err());
        assert!(with_file(b"", SECTORS, 0).is_ok());
    }
}
