//! QEMU's configuration device: named pieces of text the launcher hands to the guest.
//!
//! Enter at [`FwCfg::find`]. Absent: the DMA interface; our files are small.
#![allow(unsafe_code, reason = "hardware edge: fw_cfg ports")]

use crate::port;

const SELECTOR: u16 = 0x510;
const DATA: u16 = 0x511;
const KEY_SIGNATURE: u16 = 0x0000;
const KEY_DIRECTORY: u16 = 0x0019;
/// Directory entries looked at: no QEMU has nearly as many.
const ENTRIES_MAX: u32 = 1024;

/// The device, known to be there.
#[derive(Clone, Copy, Debug)]
pub struct FwCfg(());

/// One named file on the device.
#[derive(Clone, Copy, Debug)]
pub struct File {
    key: u16,
    /// How many bytes it has.
    pub bytes: usize,
}

impl FwCfg {
    /// Returns the device, or `None` where there is no QEMU.
    ///
    /// # Safety
    /// Nobody else uses the device during this call or those of the result: a read is two steps.
    pub unsafe fn probe() -> Option<FwCfg> {
        let device = FwCfg(());
        device.select(KEY_SIGNATURE);
        (device.next_bytes::<4>() == *b"QEMU").then_some(device)
    }

    /// Finds a file by its full name, such as `opt/halt/size`.
    pub fn find(&self, name: &str) -> Option<File> {
        self.select(KEY_DIRECTORY);
        let count = u32::from_be_bytes(self.next_bytes()).min(ENTRIES_MAX);
        // Each entry: bytes u32, key u16, reserved u16, name [u8; 56], numbers big-endian.
        (0..count).find_map(|_| {
            let bytes = u32::from_be_bytes(self.next_bytes()) as usize;
            let key = u16::from_be_bytes(self.next_bytes());
            let _reserved: [u8; 2] = self.next_bytes();
            let entry: [u8; 56] = self.next_bytes();
            let length = entry.iter().position(|byte| *byte == 0).unwrap_or(entry.len());
            (&entry[..length] == name.as_bytes()).then_some(File { key, bytes })
        })
    }

    /// Reads the start of a file into `buffer` and returns the part that was filled.
    pub fn read<'a>(&self, file: File, buffer: &'a mut [u8]) -> &'a [u8] {
        self.select(file.key);
        let count = file.bytes.min(buffer.len());
        for byte in &mut buffer[..count] {
            *byte = self.next();
        }
        &buffer[..count]
    }

    /// Reads a short text file; `None` when it is absent, longer than `buffer` or not UTF-8.
    pub fn text<'a>(&self, name: &str, buffer: &'a mut [u8]) -> Option<&'a str> {
        let file = self.find(name).filter(|file| file.bytes <= buffer.len())?;
        core::str::from_utf8(self.read(file, buffer)).ok().map(str::trim)
    }

    fn select(&self, key: u16) {
        // SAFETY: the selector only says what the data port reads next.
        unsafe { port::write_u16(SELECTOR, key) };
    }

    fn next(&self) -> u8 {
        // SAFETY: the data port only advances the device's own cursor.
        unsafe { port::read_u8(DATA) }
    }

    fn next_bytes<const N: usize>(&self) -> [u8; N] {
        core::array::from_fn(|_| self.next())
    }
}
