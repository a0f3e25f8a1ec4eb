//! A reader for 64-bit ELF files: what loading a kernel and naming its functions needs.
//!
//! Enter at [`Elf::parse`]. Every access is checked, so a damaged file gives an error or `None`, never a panic.

/// A parsed ELF file over its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Elf<'a> {
    bytes: &'a [u8],
}

/// A program header.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// `PT_LOAD` and so on.
    pub kind: u32,
    /// 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// Where its bytes start in the file.
    pub offset: u64,
    /// Where it wants to be.
    pub address: u64,
    /// Bytes in the file.
    pub file_bytes: u64,
    /// Bytes in memory; those beyond the file's are zero.
    pub memory_bytes: u64,
}

/// A section header.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its bytes in the file.
    pub data: &'a [u8],
    kind: u32,
    link: u32,
}

/// Segment to load.
pub const PT_LOAD: u32 = 1;
/// Dynamic linking table.
const PT_DYNAMIC: u32 = 2;
const SHT_NOBITS: u32 = 8;
const SHT_SYMTAB: u32 = 2;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const DT_RELR: u64 = 36;
const R_X86_64_RELATIVE: u64 = 8;
const STT_FUNC: u8 = 2;

impl<'a> Elf<'a> {
    /// Checks the header.
    pub fn parse(bytes: &'a [u8]) -> Result<Elf<'a>, &'static str> {
        let elf = Elf { bytes };
        match bytes.get(..20) {
            None => Err("the ELF file is cut off"),
            // 64-bit, little-endian, position-independent, x86-64.
            Some(head) if head[..6] == *b"\x7FELF\x02\x01" && head[16..] == [3, 0, 62, 0] => Ok(elf),
            Some(_) => Err("not a position-independent x86-64 ELF file"),
        }
    }

    /// Where execution starts.
    pub fn entry(&self) -> u64 {
        self.u64(24).unwrap_or(0)
    }

    /// The program headers.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<'a> {
        let elf = *self;
        let (start, size, count) = (elf.u64(32), elf.u16(54), elf.u16(56));
        (0..u64::from(count.unwrap_or(0))).map_while(move |index| {
            let header = elf.slice(start?.checked_add(index * u64::from(size?))?, 56)?;
            Some(Segment {
                kind: word(header, 0) as u32,
                flags: (word(header, 0) >> 32) as u32,
                offset: word(header, 8),
                address: word(header, 16),
                file_bytes: word(header, 32),
                memory_bytes: word(header, 40),
            })
        })
    }

    /// The bytes of a segment that are in the file.
    pub fn segment_data(&self, segment: &Segment) -> Option<&'a [u8]> {
        self.slice(segment.offset, segment.file_bytes)
    }

    /// The sections.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        let elf = *self;
        let names = elf.u16(62).and_then(|index| elf.raw_section(u64::from(index)));
        (0..u64::from(elf.u16(60).unwrap_or(0))).map_while(move |index| {
            let (name, section) = elf.raw_section(index)?;
            let name = names.and_then(|(_, names)| text_at(names.data, name)).unwrap_or(b"");
            Some(Section { name, ..section })
        })
    }

    /// The relative relocations as `(where, addend)`: the word at `where` becomes base + addend.
    pub fn relocations(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, u64), &'static str>> + use<'a>, &'static str> {
        let elf = *self;
        let dynamic = elf.segments().find(|segment| segment.kind == PT_DYNAMIC);
        let (mut address, mut bytes) = (0, 0);
        for entry in dynamic
            .iter()
            .flat_map(|segment| elf.segment_data(segment))
            .flat_map(|data| data.chunks_exact(16))
        {
            let (tag, value) = (word(entry, 0), word(entry, 8));
            match tag {
                DT_RELA => address = value,
                DT_RELASZ => bytes = value,
                DT_RELR => return Err("packed relocations are not supported"),
                _ => {}
            }
        }
        let table = if bytes == 0 {
            &[]
        } else {
            let offset = elf
                .segments()
                .find(|s| {
                    s.kind == PT_LOAD
                        && (s.address..s.address.saturating_add(s.file_bytes)).contains(&address)
                })
                .and_then(|segment| segment.offset.checked_add(address - segment.address))
                .ok_or("the relocation table is in no segment")?;
            elf.slice(offset, bytes).ok_or("the relocation table is cut off")?
        };
        Ok(table.chunks_exact(24).map(|entry| match word(entry, 8) {
            R_X86_64_RELATIVE => Ok((word(entry, 0), word(entry, 16))),
            _ => Err("a relocation is not relative"),
        }))
    }

    /// Finds the function that covers an address: its mangled name and the offset into it.
    pub fn function_at(&self, address: u64) -> Option<(&'a str, u64)> {
        let symtab = self.sections().find(|section| section.kind == SHT_SYMTAB)?;
        let (_, names) = self.raw_section(u64::from(symtab.link))?;
        // Each symbol: name u32, info u8, other u8, section u16, value u64, size u64.
        let (name, start) = symtab.data.chunks_exact(24).find_map(|symbol| {
            let (start, bytes) = (word(symbol, 8), word(symbol, 16));
            let defined = symbol[6] != 0 || symbol[7] != 0;
            let covers = defined
                && symbol[4] & 15 == STT_FUNC
                && address.checked_sub(start).is_some_and(|at| at < bytes.max(1));
            covers.then(|| (u32::from_le_bytes([symbol[0], symbol[1], symbol[2], symbol[3]]), start))
        })?;
        Some((core::str::from_utf8(text_at(names.data, name)?).ok()?, address - start))
    }

    /// The section with this index, its name still an offset.
    fn raw_section(&self, index: u64) -> Option<(u32, Section<'a>)> {
        let at = self.u64(40)?.checked_add(index.checked_mul(u64::from(self.u16(58)?))?)?;
        let header = self.slice(at, 64)?;
        let kind = (word(header, 0) >> 32) as u32;
        let data = if kind == SHT_NOBITS { &[] } else { self.slice(word(header, 24), word(header, 32))? };
        Some((word(header, 0) as u32, Section { name: b"", data, kind, link: word(header, 40) as u32 }))
    }

    fn slice(&self, offset: u64, count: u64) -> Option<&'a [u8]> {
        self.bytes.get(usize::try_from(offset).ok()?..usize::try_from(offset.checked_add(count)?).ok()?)
    }

    fn u16(&self, at: u64) -> Option<u16> {
        self.slice(at, 2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u64(&self, at: u64) -> Option<u64> {
        self.slice(at, 8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// The little-endian word at `at` of a table entry that is long enough.
fn word(entry: &[u8], at: usize) -> u64 {
    entry.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// The zero-terminated text at an offset of a string table.
fn text_at(table: &[u8], offset: u32) -> Option<&[u8]> {
    let rest = table.get(offset as usize..)?;
    Some(&rest[..rest.iter().position(|byte| *byte == 0)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test program itself: a real ELF file, position-independent, with symbols.
    fn own_file() -> Vec<u8> {
        std::fs::read(std::env::current_exe().expect("a test runs from a file")).expect("which can be read")
    }

    #[inline(never)]
    extern "C" fn function_to_find() -> u32 {
        std::hint::black_box(7)
    }

    #[test]
    fn functions_are_found_by_any_address_in_them() {
        let file = own_file();
        let elf = Elf::parse(&file).expect("our own file is in order");
        assert_eq!(function_to_find(), 7);
        // The kernel does the same: where a function is now, less where the file was loaded.
        let here = function_to_find as *const () as u64;
        let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux tells");
        let own = std::env::current_exe().expect("a test runs from a file");
        let line = maps.lines().find(|line| line.ends_with(&*own.to_string_lossy())).expect("we are loaded");
        let base =
            u64::from_str_radix(line.split('-').next().expect("an address"), 16).expect("in hexadecimal");
        let (name, offset) = elf.function_at(here - base).expect("the function has a symbol");
        assert!(name.contains("function_to_find") && offset == 0, "{name}+{offset}");
        let (name, offset) = elf.function_at(here - base + 1).expect("its second byte too");
        assert!(name.contains("function_to_find") && offset == 1, "{name}+{offset}");
        assert_eq!(elf.function_at(0), None);
    }

    #[test]
    fn segments_sections_and_relocations_are_listed() {
        let file = own_file();
        let elf = Elf::parse(&file).expect("our own file is in order");
        let loaded: Vec<Segment> = elf.segments().filter(|segment| segment.kind == PT_LOAD).collect();
        let holds =
            |address: u64| loaded.iter().any(|s| (s.address..s.address + s.memory_bytes).contains(&address));
        assert!(holds(elf.entry()));
        assert!(elf.sections().any(|section| section.name == b".text" && !section.data.is_empty()));
        let relative = elf.relocations().expect("a table").filter_map(Result::ok).collect::<Vec<_>>();
        assert!(!relative.is_empty() && relative.iter().all(|(at, _)| holds(*at)));
    }

    #[test]
    fn damaged_files_never_panic() {
        let file = own_file();
        for length in (0..200).chain([1000, file.len() / 2, file.len() - 1]) {
            walk(&file[..length]);
        }
        // xorshift, seed 1: damage in the header, where the tables' places are, and in the tables.
        let mut state = 1u64;
        let mut file = file;
        let tables = word(&file, 40) as usize;
        for round in 0..300 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = if round % 2 == 0 {
                16 + (state >> 8) as usize % 48
            } else {
                tables + (state >> 8) as usize % 512
            };
            let Some(byte) = file.get_mut(at) else { continue };
            let before = std::mem::replace(byte, state as u8);
            walk(&file);
            file[at] = before;
        }
    }

    /// Looks at everything.
    fn walk(file: &[u8]) {
        let Ok(elf) = Elf::parse(file) else { return };
        for segment in elf.segments() {
            let _ = elf.segment_data(&segment);
        }
        let _ = elf.sections().count();
        let _ = elf.relocations().map(Iterator::count);
        let _ = elf.function_at(elf.entry());
    }
}
